"""Captures open in what people open captures with."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from ipv6lab.reports import evidence


def test_scapy_reads_a_capture_back(samples: ModuleType, tmp_path: Path) -> None:
    from scapy.utils import rdpcap

    written = evidence.write(samples.wrong()["checks"], tmp_path / "evidence")
    assert [path.name for path in written] == [
        "M1.pcap",
        "M2.pcap",
        "N1.pcap",
        "N3.pcap",
        "S1.pcap",
    ]
    packets = rdpcap(str(written[0]))
    assert bytes(packets[0]) == bytes(samples.router_solicitation())
    assert bytes(packets[1]) == bytes(samples.router_advertisement(autonomous=0))
    assert float(packets[0].time) == pytest.approx(samples.START, abs=1e-6)
    assert packets[1].name == "Ethernet"


def test_tshark_reads_a_capture_back(samples: ModuleType, tmp_path: Path) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    evidence.write(samples.wrong()["checks"], tmp_path)
    done = subprocess.run(
        ["tshark", "-r", str(tmp_path / "M1.pcap"), "-T", "fields", "-e", "icmpv6.type"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["133", "134"]


def test_a_packet_that_two_probes_saw_is_written_once_and_in_order(samples: ModuleType) -> None:
    frames = [
        evidence.Frame(2.0, "staff", b"b" * 60),
        evidence.Frame(1.0, "staff", b"a" * 60),
        evidence.Frame(2.0, "staff", b"b" * 60),
    ]
    content = evidence.pcap(frames)
    assert len(content) == 24 + 2 * (16 + 60)
    assert content.index(b"a" * 60) < content.index(b"b" * 60)


def test_what_is_no_base64_makes_no_capture(tmp_path: Path) -> None:
    check = {
        "id": "M1",
        "evidence": [{"packets": [{"time": 1, "link": "x", "frame": "no base64!"}]}],
    }
    assert evidence.write([check], tmp_path / "evidence") == []
    assert not (tmp_path / "evidence").exists()


def test_a_file_name_stays_in_its_folder() -> None:
    assert evidence.file_name({"id": "../../etc/x y"}) == "_etc_x_y.pcap"
