"""The journal stays small and readable, whatever is said into it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.services import boot, incoming, sysvinit
from ipv6lab.services import journald as journals
from ipv6lab.services.catalog import Catalog
from ipv6lab.services.journald import Journal


def entries(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_two_files_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "FILE_LIMIT", 4096)
    journal = Journal(str(tmp_path / "journal"))
    for number in range(100):
        journal.note("a.service", f"line {number}")
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["journal", "journal.1"]
    assert all(file.stat().st_size <= 4096 for file in files)
    assert entries(tmp_path / "journal")[-1]["MESSAGE"] == "line 99"


def test_a_flood_is_cut_and_counted(tmp_path: Path) -> None:
    now = [0.0]
    journal = Journal(str(tmp_path / "journal"), clock=lambda: now[0])
    for number in range(journals.RATE_BURST + 500):
        journal.write("a.service", f"line {number}", pid=7, identifier="a")
    journal.write("b.service", "still heard", pid=8, identifier="b")
    now[0] = journals.RATE_INTERVAL
    journal.write("a.service", "later", pid=7, identifier="a")
    messages = [entry["MESSAGE"] for entry in entries(tmp_path / "journal")]
    assert len(messages) == journals.RATE_BURST + 4
    assert "the rest is dropped" in messages[journals.RATE_BURST]
    assert messages[-3:] == ["still heard", "Suppressed 500 messages from a.service", "later"]


def test_a_full_disk_loses_entries_and_nothing_else() -> None:
    journal = Journal("/dev/full/journal")
    journal.note("a.service", "lost on disk")
    assert [entry["MESSAGE"] for entry in journal.recent("a.service")] == ["lost on disk"]


def test_long_messages_are_cut_into_several(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "journal"))
    journal.note("a.service", "x" * (journals.LINE_LIMIT + 1))
    assert [len(e["MESSAGE"]) for e in entries(tmp_path / "journal")] == [journals.LINE_LIMIT, 1]


@pytest.mark.parametrize(
    ("datagram", "expected"),
    [
        (b"<29>Nov 23 10:48:30 dnsmasq[12]: started", (5, "dnsmasq", "started")),
        (b"<11>Nov  3 10:48:30 zebra: it broke\n", (3, "zebra", "it broke")),
        (b"no header at all", (6, "", "no header at all")),
        (b"<13>root: hello", (5, "root", "hello")),
    ],
)
def test_syslog(datagram: bytes, expected: tuple[int, str, str]) -> None:
    assert incoming.parse_syslog(datagram) == expected


@given(st.binary())
def test_any_datagram_is_taken(data: bytes) -> None:
    priority, _, _ = incoming.parse_syslog(data)
    assert 0 <= priority <= 7
    incoming.parse_notification(data)


def test_sysctl_settings_in_their_order(tmp_path: Path) -> None:
    proc = tmp_path / "proc/sys/net/ipv6/conf"
    for name in ("all", "eth0.1"):
        (proc / name).mkdir(parents=True)
        (proc / name / "forwarding").write_text("0\n")
    for path, text in {
        "etc/sysctl.d/10-a.conf": "net.ipv6.conf.all.forwarding = 1\n",
        "etc/sysctl.d/20-b.conf": "# c\nnet.ipv6.conf.eth0/1.forwarding=2\nnonsense\n",
        "usr/lib/sysctl.d/10-a.conf": "net.ipv6.conf.all.forwarding = 9\n",
        "usr/lib/sysctl.d/50-k.conf": "fs.protected_fifos = 1\n",
        "etc/sysctl.conf": "-net.not.there=1\nnet.ipv6.not.there=1\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    complaints = boot.boot_sysctl(str(tmp_path))
    assert (proc / "all/forwarding").read_text() == "1\n"
    assert (proc / "eth0.1/forwarding").read_text() == "2\n"
    assert [text.removeprefix(str(tmp_path)) for text in complaints] == [
        "/etc/sysctl.d/20-b.conf:3: Line is not an assignment, ignoring: nonsense",
        "/etc/sysctl.conf: no longer read when a machine is switched on (Debian 13); "
        "files in /etc/sysctl.d are",
    ]


@pytest.fixture
def two_interfaces(tmp_path: Path) -> Path:
    """A root whose kernel has two interfaces, and a way to see all writes."""
    for name in ("all", "default", "lo", "eth0", "eth1"):
        folder = tmp_path / "proc/sys/net/ipv6/conf" / name
        folder.mkdir(parents=True)
        for key in ("accept_ra", "addr_gen_mode"):
            (folder / key).write_text("0\n")
    (tmp_path / "etc/sysctl.d").mkdir(parents=True)
    return tmp_path


def read(root: Path, name: str) -> str:
    return (root / "proc/sys/net/ipv6/conf" / name).read_text().strip()


def test_what_is_set_for_every_interface_is_there_before_what_is_set_for_one(
    two_interfaces: Path,
) -> None:
    (two_interfaces / "etc/sysctl.d/10-own.conf").write_text(
        "net.ipv6.conf.eth0.accept_ra = 2\nnet.ipv6.conf.eth?.addr_gen_mode = 3\n"
    )
    (two_interfaces / "etc/sysctl.d/20-usual.conf").write_text(
        "net.ipv6.conf.default.accept_ra = 1\nnet.ipv6.conf.all.addr_gen_mode = 9\n"
    )
    assert boot.boot_sysctl(str(two_interfaces)) == []
    assert [read(two_interfaces, f"{name}/accept_ra") for name in ("eth0", "eth1", "lo")] == [
        "2", "1", "0",
    ]  # fmt: skip
    assert read(two_interfaces, "eth1/addr_gen_mode") == "3"
    assert read(two_interfaces, "all/addr_gen_mode") == "9"


def test_an_interface_that_comes_later_is_set_when_it_appears(two_interfaces: Path) -> None:
    settings = two_interfaces / "etc/sysctl.d/10-own.conf"
    settings.write_text("-net.ipv6.conf.tun0.accept_ra = 2\nnet.ipv6.conf.eth0.accept_ra = 2\n")
    assert boot.boot_sysctl(str(two_interfaces)) == []
    tunnel = two_interfaces / "proc/sys/net/ipv6/conf/tun0"
    tunnel.mkdir()
    (tunnel / "accept_ra").write_text("0\n")
    (two_interfaces / "proc/sys/net/ipv6/conf/eth0/accept_ra").write_text("7\n")
    assert boot.appeared(["tun0"], str(two_interfaces)) == []
    assert read(two_interfaces, "tun0/accept_ra") == "2"
    assert read(two_interfaces, "eth0/accept_ra") == "7"  # it was there before


def test_run_time_files(tmp_path: Path) -> None:
    configuration = tmp_path / "usr/lib/tmpfiles.d"
    configuration.mkdir(parents=True)
    (configuration / "a.conf").write_text(
        "d /run/a 0750 - - -\nf /run/a/b 0600 - - - text\n"
        "r! /etc/*.lock\nd /run/x 755 nobody_ no -\n"
    )
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/x.lock").touch()
    complaints = boot.boot_tmpfiles(str(tmp_path))
    assert (tmp_path / "run/a").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "run/a/b").read_text() == "text"
    assert not (tmp_path / "etc/x.lock").exists()
    assert len(complaints) == 1
    assert "nobody_" in complaints[0]


def test_init_scripts_without_a_unit_get_one(tmp_path: Path) -> None:
    catalog = Catalog(str(tmp_path))
    scripts = tmp_path / "etc/init.d"
    scripts.mkdir(parents=True)
    units = tmp_path / "lib/systemd/system"
    units.mkdir(parents=True)
    (units / "native.service").write_text("[Service]\nExecStart=/bin/x\n")
    for name in ("old", "native", "procps"):
        (scripts / name).write_text("#!/bin/sh\n# Short-Description: 100% old\n")
        (scripts / name).chmod(0o755)
    sysvinit.generate(catalog)
    assert catalog.load("old").path == "/run/systemd/generator.late/old.service"
    assert catalog.load("native").path == "/lib/systemd/system/native.service"
    assert not catalog.load("procps").exists
    (scripts / "old").unlink()
    sysvinit.generate(catalog)
    assert not catalog.load("old").exists
