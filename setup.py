"""Build step beyond setup.cfg: the course and the recipes travel inside the package.

In a checkout, and in an editable installation, these folders are used where they are; a wheel
carries them as ``ipv6lab/content``.

Who releases the package says with ``IPV6LAB_HOME`` under which address this repository is read (its
files as ``HOME/blob/main/FILE``, raw ones as ``HOME/raw/main/FILE``): pictures and links of the
README are absolute then, as a package index needs them, and the address stands in the metadata.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CONTENT = ["exercises", "solutions", "topologies", "labs", "notebooks", "image", "kernel"]
HOME = os.environ.get("IPV6LAB_HOME", "").rstrip("/")
LINK = re.compile(r"(!?)\[([^]]*)\]\((?!https?://|#)([^)]*)\)")


def description() -> str:
    """The README for a page that has nothing of the repository beside it."""

    def absolute(link: re.Match[str]) -> str:
        picture, text, path = link.groups()
        if not HOME:  # a link that leads nowhere is none
            return "" if picture else text
        return f"{picture}[{text}]({HOME}/{'raw' if picture else 'blob'}/main/{path})"

    return LINK.sub(absolute, Path("README.md").read_text("utf-8"))


class BuildWithContent(build_py):
    """Copy the content next to the built modules."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        content = Path(self.build_lib, "ipv6lab", "content")
        shutil.rmtree(content, ignore_errors=True)
        for name in CONTENT:
            if Path(name).is_dir():
                shutil.copytree(
                    name,
                    content / name,
                    ignore=shutil.ignore_patterns("__pycache__", "*.py[co]"),
                )


setup(
    cmdclass={"build_py": BuildWithContent},
    license_expression="Apache-2.0 OR GPL-2.0-or-later",  # which setup.cfg has no word for
    long_description=description(),
    url=HOME or None,
    project_urls=(
        {"Source": HOME, "Documentation": f"{HOME}/tree/main/docs", "Issues": f"{HOME}/issues"}
        if HOME
        else {}
    ),
)
