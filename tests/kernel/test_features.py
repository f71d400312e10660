"""What the kernels can do, by doing it; the machine's own result stands beside the lab kernel's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ipv6lab import kernel
from ipv6lab.platform import operations
from tests.kernel.inside import RECIPE, output

pytestmark = pytest.mark.slow

TRIAL = """\
cat > /run/agent/operations.py <<'END'
{source}
END
cat > /run/agent/trial.py <<'END'
import sys
sys.path[:0] = ["/run/agent", "/run/agent/engine.zip"]
from operations import OPERATIONS
for name in OPERATIONS:
    if name not in ["mounts", {names}]:
        continue
    try:
        OPERATIONS[name]()
        print("OK", name)
    except OSError as error:
        print("FAIL", name, error)
END
exec python3 -I -B /run/agent/trial.py
"""


def results(said: str) -> dict[str, bool]:
    found = re.findall(r"^(OK|FAIL) +(.*?)(?:  -- .*)?$", said, re.MULTILINE)
    return {name: state == "OK" for state, name in found}


def test_the_lab_kernel_does_all_41_operations(record_property: pytest.RecordProperty) -> None:
    script = (RECIPE / "features.sh").read_text("utf-8")
    said = output("lab", script)
    here = results(output("host", script))
    record_property("host", f"{sum(here.values())} of {len(here)}")
    done = results(said)
    assert len(done) == 41
    assert all(done.values()), said
    assert here.keys() == done.keys()


def test_what_exercises_may_ask_of_the_lab_kernel_is_there() -> None:
    source = Path(operations.__file__).read_text("utf-8")
    names = ", ".join(repr(name) for name in sorted(kernel.FEATURES))
    said = output("lab", TRIAL.format(source=source, names=names))
    done = results(said)
    assert {name for name, fine in done.items() if fine} >= kernel.FEATURES, said
