"""Labs run wherever a process does: on the machine's own kernel, or else on the lab kernel."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ipv6lab.image import store as images
from tests import harsh
from tests.backends import require_image, require_lab_kernel

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "ipv6lab"]

pytestmark = [
    pytest.mark.skipif(os.getuid() != 0, reason="only root makes such machines"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the filter is for x86-64"),
]

# The machine, whether its own kernel still serves, and whether the user has an entry in passwd(5).
MACHINES: dict[str, tuple[Callable[[], None], bool, bool]] = {
    "as it is": (harsh.nothing, True, True),
    "without newuidmap": (harsh.no_newuidmap, False, True),
    "Docker's default profile": (harsh.docker, False, True),
    "max_user_namespaces=0": (harsh.no_user_namespaces, False, True),
    "max_user_namespaces=2": (harsh.two_user_namespaces, False, True),
    "noexec everywhere": (harsh.noexec, True, True),
    "no_new_privs": (harsh.no_privileges, False, True),
    "an id that nobody knows": (harsh.nothing, False, False),
}
if Path(__file__).is_relative_to("/tmp") or Path(__file__).is_relative_to("/var/tmp"):
    del MACHINES["noexec everywhere"]  # which hides this checkout, and the tests with it


@pytest.fixture(autouse=True)
def shared() -> None:
    """What everybody can use: the image and the lab kernel of the system's store."""
    require_image()
    require_lab_kernel()
    assert images.find().directory.is_relative_to(images.SYSTEM_STORE)


@pytest.mark.parametrize(("machine", "own", "known"), MACHINES.values(), ids=MACHINES)
def test_the_doctor_tells_what_runs(machine: Callable[[], None], own: bool, known: bool) -> None:
    done = harsh.run([*PROGRAM, "doctor", "--json"], machine, known)
    assert "Traceback" not in done.stderr
    told = json.loads(done.stdout)
    assert told["runs"]
    rows = {one["name"]: one for one in told["features"]}
    assert (rows["namespaces"]["state"] == "ok") == own, rows["namespaces"]
    assert "Errno" not in done.stdout
    assert {one["kernel"] for one in told["exercises"] if one["exercise"] == "L04"} == {
        "host" if own else "lab"
    }


@pytest.mark.slow
@pytest.mark.xdist_group("harsh")
@pytest.mark.parametrize("exercise", ["L04", "L16"])
@pytest.mark.parametrize(("machine", "own", "known"), MACHINES.values(), ids=MACHINES)
def test_the_reference_has_all_points(
    machine: Callable[[], None], own: bool, known: bool, exercise: str
) -> None:
    folder = f"solutions/{exercise}/reference"
    done = harsh.run([*PROGRAM, "grade", exercise, folder, "--json"], machine, known)
    assert done.returncode == 0, done.stderr or done.stdout
    assert json.loads(done.stdout)[0]["score"] == 100


@pytest.mark.slow
def test_root_in_dockers_default_profile(tmp_path: Path) -> None:
    words = [*PROGRAM, "grade", "L04", "solutions/L04/reference", "--json"]
    done = harsh.run(words, harsh.docker, root=True)
    assert done.returncode == 0, done.stderr or done.stdout
    assert json.loads(done.stdout)[0]["score"] == 100
