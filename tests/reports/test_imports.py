"""Reports are cheap to have at hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ipv6lab import reports

HEAVY = ("matplotlib", "numpy", "scapy", "rich", "babel")
MODULES = sorted(
    file.stem for file in Path(reports.__file__).parent.glob("*.py") if file.stem != "__init__"
)


def test_no_report_imports_a_heavy_library_before_it_is_used() -> None:
    imports = "; ".join(f"import ipv6lab.reports.{name}" for name in MODULES)
    program = f"{imports}; import sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_reports_import_little_of_the_other_rooms() -> None:
    program = (
        "; ".join(f"import ipv6lab.reports.{name}" for name in MODULES)
        + "; import sys; print(sorted({m.split('.')[1] for m in sys.modules"
        " if m.startswith('ipv6lab.')}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['addresses', 'platform', 'reports', 'wire', 'words']"
