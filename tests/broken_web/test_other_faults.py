"""Each of the five faults, laid by a seat that draws it: what is nothing, right and wrong there.

The answers beside L15's solutions are all about the fault of one seat. Those here are small ones
about the others, each with the checks that it loses.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.course import content, draws, exercises
from ipv6lab.course.lookups import look_up
from ipv6lab.course.place import Place
from ipv6lab.words import lots
from tests.backends import require_image

COURSE = content.find()
(L15,) = (one for one in exercises.load_all(COURSE) if one.id == "L15")
FAULTS = ("dead-address", "no-upstream", "late-answer", "lost-errors", "dropped-requests")
SEATS = range(1, 40)
# On every node but the one at fault the answers are those of the reference.
SCREEN = {
    "pc1": (COURSE.solutions / "L15/reference/pc1/commands.sh").read_text(encoding="utf-8"),
}
Commands = dict[str, str]  # what is typed, by node
Lost = tuple[str, ...]

FIREWALL = "/etc/nftables.conf"
RESET = 'iifname "core" oifname "dmz" meta l4proto tcp reject with tcp reset'
TRANSLATED = (
    "old={{ www.address }}; nft add table ip6 nat; nft add chain ip6 nat in "
    "'{ type nat hook prerouting priority dstnat; }'; "
    "nft add rule ip6 nat in ip6 daddr ${old%80}81 dnat to {{ www.address }}"
)
RIGHT: dict[str, dict[str, Commands]] = {
    "dead-address": {},
    "no-upstream": {
        "no advertisements": {"r2": "systemctl disable --now radvd"},
        "a way on": {
            "r2": "ip -6 route del blackhole default; "
            "ip -6 route add default via {{ staff.router }}"
        },
        "rather the other one": {
            "r2": "sed -i 's/Preference high/Preference low/' /etc/radvd.conf; "
            "systemctl restart radvd"
        },
    },
    "late-answer": {
        "unbound by itself": {
            "dns-r": "systemctl disable --now dns-inspect; sed -i "
            "-e 's/interface: 127.0.0.1@5300/interface: {{ servers.dns4 }}\\n"
            "    interface: {{ servers.dns }}/' /etc/unbound/unbound.conf; "
            "systemctl restart unbound"
        },
    },
    "lost-errors": {
        "no filter on a router": {
            "hq-core": "nft flush ruleset; systemctl disable --now nftables",
        },
    },
}
WRONG: dict[str, dict[str, tuple[Commands, Lost]]] = {
    "dead-address": {
        "the address is taken out": (
            {"dns-r": "sed -i '/AAAA.*81\"/d' /etc/unbound/unbound.conf; "
             "systemctl restart unbound"},
            ("M1", "M3", "M4", "N1"),
        ),
        "the old address is translated": (
            {"hq-fw": TRANSLATED},
            ("M1", "M4"),
        ),
        "a line in the hosts file": (
            {"pc1": "echo '{{ www.address }} {{ www.name }} www' >> /etc/hosts; "
             "echo '{{ www.address4 }} {{ www.name }} www' >> /etc/hosts\n" + SCREEN["pc1"]},
            ("M1", "M4"),
        ),
    },
    "no-upstream": {
        "pc1 alone": (
            {"pc1": "ip -6 route add default via {{ staff.router }} metric 1\n" + SCREEN["pc1"]},
            ("M4",),
        ),
    },
    "late-answer": {
        "one second instead of three": (
            {"dns-r": "sed -i 's/AAAA 3/AAAA 1/' /etc/dns-inspect.conf; "
             "systemctl restart dns-inspect"},
            ("M1", "M3", "M4"),
        ),
        "pc1 waits no longer": (
            {"pc1": "echo 'options timeout:1 attempts:1' >> /etc/resolv.conf\n" + SCREEN["pc1"]},
            ("M1", "M3", "M4"),
        ),
    },
    "lost-errors": {
        "resets instead of errors": (
            {"hq-fw": f"sed -i '/reject/i\\        {RESET}' {FIREWALL}; "
             "systemctl restart nftables"},
            ("M1", "M4"),
        ),
        "one kind of errors alone": (
            {"hq-core": f"sed -i 's/destination-unreachable, time/time/' {FIREWALL}; "
             "systemctl restart nftables"},
            ("M1", "M4"),
        ),
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Labs of the test's own."""
    with tempfile.TemporaryDirectory(prefix="v6-") as directory:
        monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
        monkeypatch.setenv("XDG_DATA_HOME", directory)
        yield


def fault_of(seat: int) -> str:
    drawn = lots.secrets_of(draws.patterns(L15, {}), draws.bits(L15.id, seat))
    return drawn["secret.fault"]


def seat_with(fault: str) -> int:
    return next(seat for seat in SEATS if fault_of(seat) == fault)


def test_forty_seats_have_all_five() -> None:
    assert {fault_of(seat) for seat in SEATS} == set(FAULTS) == set(L15.secrets["fault"])


def written(folder: Path, seat: int, cause: str, commands: Commands) -> str:
    """An answer, with the addresses of its seat."""
    plan = Place.of(L15.id, seat).plan
    for node, text in commands.items():
        (folder / node).mkdir(parents=True)
        typed = look_up(text, plan, node)
        (folder / node / "commands.sh").write_text(f"{typed.rstrip()}\n", encoding="utf-8")
    (folder / "answers.toml").write_text(f'cause = "{cause}"\n', encoding="utf-8")
    return str(folder)


def graded(seat: int, *folders: str) -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "ipv6lab", "grade", L15.id, *folders, "--seat", str(seat), "--json"],
        capture_output=True,
        text=True,
        timeout=180 * len(folders),
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    assert done.stdout, done.stderr
    return {result["folder"]: result for result in json.loads(done.stdout)}


@pytest.mark.slow
@pytest.mark.parametrize("fault", sorted(RIGHT))
def test_each_fault_is_mended_where_it_is(fault: str, tmp_path: Path) -> None:
    require_image()
    seat = seat_with(fault)
    reference = str(COURSE.solutions / "L15/reference")
    wanted: dict[str, set[str]] = {reference: set()}
    nothing = written(tmp_path / "nothing", seat, "dropped-requests", {"pc1": "true"})
    wanted[nothing] = {"M1", "M2", "M3", "M4"}
    for name, commands in RIGHT[fault].items():
        folder = written(tmp_path / name, seat, fault, {**SCREEN, **commands})
        wanted[folder] = set()
    for name, (commands, lost) in WRONG[fault].items():
        folder = written(tmp_path / name, seat, fault, {**SCREEN, **commands})
        wanted[folder] = set(lost)
    results = graded(seat, *wanted)
    found = {
        folder: {one["id"] for one in result["checks"] if one["verdict"] == "failed"}
        for folder, result in results.items()
    }
    assert found == wanted, json.dumps(
        [
            (folder, one["id"], one["message"])
            for folder, result in results.items()
            for one in result["checks"]
            if one["verdict"] != "passed"
        ],
        indent=1,
    )
    assert results[nothing]["score"] == 0
    assert all(results[folder]["score"] == 100 for folder, lost in wanted.items() if not lost)
