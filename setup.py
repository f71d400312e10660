"""Build step beyond setup.cfg: the course and the recipes travel inside the package.

In a checkout, and in an editable installation, these folders are used where they are; a wheel
carries them as ``ipv6lab/content``.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CONTENT = ["exercises", "solutions", "topologies", "labs", "notebooks", "image", "kernel"]


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


setup(cmdclass={"build_py": BuildWithContent})
