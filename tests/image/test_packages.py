"""The lock: read and written, and what happens when the mirror has something else."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.image.packages import Drift, Lock, Package
from ipv6lab.words.errors import LabError

A, B = 64 * "a", 64 * "b"
RADVD = Package("radvd", "1:2.19-1+b1", "amd64", A)
BIRD = Package("bird2", "2.0.12-7", "amd64", B)
DATA = Package("libwireshark-data", "4.0.17-0+deb12u3", "all", A)

words = st.text(string.ascii_lowercase + string.digits + "+-.:~", min_size=1, max_size=12)
hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
packages = st.builds(Package, words, words, st.sampled_from(["amd64", "all"]), hashes)


@given(st.lists(packages, unique_by=lambda package: package.name))
def test_a_lock_is_read_as_it_was_written(chosen: list[Package]) -> None:
    assert Lock.parse(Lock(chosen).format()).packages == Lock(chosen).packages


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("radvd 1:2.19-1+b1 amd64", "expected 'name version architecture sha256'"),
        (f"radvd 1:2.19-1+b1 amd64 {A[1:]}", "expected"),
        (f"radvd 1:2.19-1+b1 amd64 {A[1:]}x", "expected"),
        (f"{BIRD}\n{BIRD}", "bird2 is named twice"),
    ],
)
def test_a_broken_lock_is_refused_with_its_line(line: str, complaint: str) -> None:
    with pytest.raises(LabError, match=complaint) as error:
        Lock.parse(line, "image/packages.lock")
    assert "image/packages.lock, line" in str(error.value)


def test_the_machine_a_lock_was_made_for() -> None:
    assert Lock([RADVD, DATA]).architectures == {"amd64"}


def test_the_locked_packages_are_no_drift() -> None:
    assert Lock([RADVD, BIRD]).drift([BIRD, RADVD]) == []
    assert Lock([RADVD, BIRD]).drift([BIRD]) == []


def test_a_version_that_left_the_mirror_is_drift_and_is_told() -> None:
    newer = Package("bird2", "2.0.12-8", "amd64", A)
    [drift] = Lock([RADVD, BIRD]).drift([newer, RADVD])
    assert drift == Drift("bird2", "2.0.12-7", "2.0.12-8")
    assert str(drift.message()) == "bird2: 2.0.12-7 has left the mirror; 2.0.12-8 is taken instead."
    assert Drift.from_json(drift.to_json()) == drift


def test_a_package_the_lock_does_not_name_is_drift() -> None:
    [drift] = Lock([RADVD]).drift([RADVD, DATA])
    assert str(drift.message()).startswith(
        "libwireshark-data: not in the lock; the mirror's 4.0.17"
    )


def test_the_locked_version_with_another_content_is_refused() -> None:
    forged = Package("bird2", "2.0.12-7", "amd64", A)
    with pytest.raises(LabError, match=r"bird2 2\.0\.12-7 is not the locked one"):
        Lock([BIRD]).drift([forged])
