"""Libraries leave nothing where ipv6lab does not find it again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """\
import os
from ipv6lab.reports import caches
from ipv6lab.reports.packet_info import dissect
from ipv6lab.reports.picture import measure
before = dict(os.environ)
print(dissect(bytes(60)).name)
caches.load_matplotlib()
measure("words", 10, False)
assert dict(os.environ) == before
"""


def test_all_of_it_is_in_the_folder_that_uninstall_removes(tmp_path: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("XDG_") and name != "MPLCONFIGDIR"
    }
    subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**environment, "HOME": str(tmp_path)},
        check=True,
        capture_output=True,
        timeout=120,
    )
    files = [path.relative_to(tmp_path).parts for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert {parts[:2] for parts in files} == {(".cache", "ipv6lab")}
