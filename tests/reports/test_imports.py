"""Reports are cheap to have at hand."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("matplotlib", "numpy", "scapy", "rich", "babel")
MODULES = "cells evidence folder layout live packets page picture results say svg tables text tree"


def test_no_report_imports_a_heavy_library_before_it_is_used() -> None:
    imports = "; ".join(f"import ipv6lab.reports.{name}" for name in MODULES.split())
    program = f"{imports}; import sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_reports_import_no_other_part_than_wire_and_words() -> None:
    program = (
        "; ".join(f"import ipv6lab.reports.{name}" for name in MODULES.split())
        + "; import sys; print(sorted({m.split('.')[1] for m in sys.modules"
        " if m.startswith('ipv6lab.')}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['reports', 'wire', 'words']"
