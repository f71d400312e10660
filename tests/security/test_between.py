"""What nodes, labs and users might share, and do not."""

from __future__ import annotations

import contextlib
import os
import textwrap
import time
from pathlib import Path

import pytest

from ipv6lab.linux import ids
from ipv6lab.platform import cgroups
from ipv6lab.sandbox import LAB, Lab, ranges
from ipv6lab.words.errors import Unsupported
from tests.sandbox.support import processes, run, throwaway
from tests.security.attempts import PRELUDE
from tests.security.guarded import MEASURE

UNIT = """
[Unit]
Description=Mine
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=
ExecStart=/bin/sh -c "grep Cap /proc/self/status > /root/caps; mount -t tmpfs x /mnt 2>&1; true"
"""
SYS_ADMIN = 1 << 21


def python(lab: Lab, node: str, program: str) -> str:
    ran = run(lab, node, "python3", "-c", PRELUDE + textwrap.dedent(program))
    return ran.out + ran.err


@pytest.mark.both_kernels
def test_no_two_nodes_have_an_id_in_common(lab: Lab) -> None:
    taken: set[int] = set()
    for node in "ab":
        for name in ("uid_map", "gid_map"):
            here: set[int] = set()
            for line in run(lab, node, "cat", f"/proc/self/{name}").out.splitlines():
                _first, outer, count = map(int, line.split())
                here |= set(range(outer, outer + count))
            assert 0 not in here
            assert len(here) <= ids.SIZE
            assert not here & taken
        taken |= here


def test_no_two_labs_have_an_id_in_common(backend: str) -> None:
    if backend == LAB:
        pytest.skip("each lab kernel has ids of its own")
    seen: list[set[int]] = []
    known = set(processes())  # of labs that ran before
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            lab = stack.enter_context(throwaway())
            for node in "ab":
                run(lab, node, "true")
            new = set(processes()) - known
            known |= new
            seen.append({_uid(pid) for pid in new if _is_of_a_node(pid)})
    assert len(seen[0]) == len(seen[1]) == 2
    assert not seen[0] & seen[1]
    assert os.getuid() not in seen[0] | seen[1]


def _uid(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1])


def _is_of_a_node(pid: int) -> bool:
    """Whether a process is in a process namespace within another."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("NSpid:"))
    return len(line.split()) > 3


def test_where_the_ids_of_a_user_run_out_it_says_so(tmp_path: Path) -> None:
    file = tmp_path / "ids.lock"
    blocks, first = ranges.claim_blocks(file, ids.BLOCKS - 2)
    more, second = ranges.claim_blocks(file, 2)
    assert not set(blocks) & set(more)
    with pytest.raises(Unsupported, match=r"enough for \d+ nodes at a time, and 0 are left"):
        ranges.claim_blocks(file, 1)
    os.close(second)
    again, third = ranges.claim_blocks(file, 2)
    assert again == more
    os.close(first)
    os.close(third)


def test_blocks_fit_into_what_a_user_has() -> None:
    last = ids.Block(ids.BLOCKS - 1)
    assert last.owner + ids.SIZE <= 65_535
    assert sum(count for _first, count in ids.RANGES) < ids.SIZE
    assert ids.Block(3)(65_534) == ids.Block(3).root + 190
    assert ids.Block(3)(5_000) is None


@pytest.mark.both_kernels
def test_all_ids_of_the_image_are_a_nodes(lab: Lab) -> None:
    for file in ("/etc/passwd", "/etc/group"):
        for line in run(lab, "a", "cat", file).out.splitlines():
            assert ids.Block(0)(int(line.split(":")[2])) is not None, line
    assert run(lab, "a", "find", "/etc", "/var", "-nouser", "-o", "-nogroup").out == ""


@pytest.mark.both_kernels
def test_descriptors_in_flight_are_counted_for_a_node(lab: Lab) -> None:
    filling = """
        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 1024), hard))
        pairs = []
        try:
            while True:
                pairs.append(socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM))
                for _ in range(20):
                    socket.send_fds(pairs[-1][0], [b"x"], [0] * 200)
        except OSError as error:
            print(errno.errorcode[error.errno], flush=True)
        signal.pause()
    """
    channel = lab.open("exec", node="a", argv=["python3", "-c", PRELUDE + textwrap.dedent(filling)])
    assert next(iter(channel)) == ("O", b"ETOOMANYREFS\n")
    for node in "ba":
        assert run(lab, node, "hostname").out == f"{node}\n"
    channel.signal(9)
    for kind, _data in channel:
        if kind == "X":
            break


@pytest.mark.both_kernels
def test_a_boot_does_not_do_more_than_the_nodes_root_may(lab: Lab) -> None:
    setting = "user.max_user_namespaces=1000\nkernel.threads-max=20\n"
    run(lab, "a", "sh", "-c", 'printf "$0" > /etc/sysctl.d/99-mine.conf', setting)
    threads = run(lab, "b", "cat", "/proc/sys/kernel/threads-max").out
    lab.request("reboot", node="a")
    assert run(lab, "a", "cat", "/proc/sys/user/max_user_namespaces").out == "0\n"
    assert run(lab, "a", "unshare", "-U", "true").status != 0
    assert run(lab, "b", "cat", "/proc/sys/kernel/threads-max").out == threads


@pytest.mark.both_kernels
@pytest.mark.parametrize("unit", ["frr.service", "mine.service"])
def test_a_unit_gives_no_more_than_the_nodes_root_has(lab: Lab, unit: str) -> None:
    rights = "AmbientCapabilities=CAP_SYS_ADMIN\nCapabilityBoundingSet=~\n"
    place = f"/etc/systemd/system/{unit}.d"
    if unit == "mine.service":
        run(lab, "a", "sh", "-c", f"echo '[Service]' > /etc/systemd/system/{unit}")
    text = UNIT + rights
    assert run(lab, "a", "sh", "-c", f"mkdir -p {place}; cat > {place}/x.conf", given=text.encode())
    run(lab, "a", "systemctl", "daemon-reload")
    run(lab, "a", "systemctl", "restart", unit)
    told = run(lab, "a", "cat", "/root/caps").out
    assert told.count("Cap") == 5, run(lab, "a", "journalctl", "-u", unit).out
    for line in told.splitlines():
        assert not int(line.split()[1], 16) & SYS_ADMIN, line
    assert " /mnt " not in run(lab, "a", "cat", "/proc/mounts").out


LOOP = """
import time
def ip(*words):
    subprocess.run(["ip", *words], check=True)
ip("link", "add", "br9", "type", "bridge")
ip("link", "set", "br9", "up")
for end in ("x", "y"):
    ip("link", "add", end + "1", "type", "veth", "peer", end + "2")
    for number in "12":
        ip("link", "set", end + number, "master", "br9", "up")
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x300)
out.bind(("x1", 0))
def passed():
    return int(open("/sys/class/net/x1/statistics/rx_packets").read())
frame = b"\\xff" * 6 + b"\\x02\\0\\0\\0\\0\\1" + b"\\x86\\xdd\\x60" + bytes(60)
for _ in range(100):
    try:
        out.send(frame)
    except OSError:
        pass  # the queue is full already
time.sleep(0.5)
before = passed()
time.sleep(2)
print((passed() - before) // 2, flush=True)
ip("link", "delete", "br9")
ip("link", "delete", "x1")
ip("link", "delete", "y1")
"""


@pytest.mark.both_kernels
def test_a_loop_of_a_nodes_own_links_stays_slow(lab: Lab) -> None:
    rate = int(python(lab, "a", LOOP))
    assert 100 < rate < 5_000  # packets per second; a free one has some 500,000


@pytest.mark.both_kernels
def test_a_rate_that_is_taken_away_comes_back(lab: Lab) -> None:
    run(lab, "a", "ip", "link", "add", "mine0", "type", "veth", "peer", "mine1")
    for _ in range(3):
        assert _await_rate(lab, "mine0")
        run(lab, "a", "tc", "qdisc", "delete", "dev", "mine0", "root")
    assert _await_rate(lab, "mine0")
    run(lab, "a", "sh", "-c", "while tc qdisc replace dev mine0 root pfifo; do :; done")
    assert "mine" not in run(lab, "a", "ip", "link").out


def _await_rate(lab: Lab, link: str) -> bool:
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        if "tbf" in run(lab, "a", "tc", "qdisc", "show", "dev", link).out:
            return True
    return False


@pytest.mark.both_kernels
def test_the_loopback_interface_has_a_rate(lab: Lab) -> None:
    assert "tbf" in run(lab, "a", "tc", "qdisc", "show", "dev", "lo").out
    lab.request("reboot", node="b")
    assert "tbf" in run(lab, "b", "tc", "qdisc", "show", "dev", "lo").out


HOG = "import time\nheld = []\nwhile True: held.append(bytearray(1 << 26))"


def test_a_labs_memory_is_its_own(backend: str) -> None:
    if backend == LAB:
        pytest.skip("the memory of a lab kernel is what it was given")
    if not cgroups.available():
        pytest.skip("this machine bounds no memory; ipv6lab doctor and status say so")
    with throwaway() as lab:
        assert run(lab, "a", "python3", "-c", HOG).status == 128 + 9
        assert run(lab, "b", "hostname").out == "b\n"


@pytest.mark.both_kernels
def test_a_link_has_its_rate_at_once(lab: Lab) -> None:
    count, *milliseconds = run(lab, "a", "python3", "-c", MEASURE).out.split()
    assert count == "20"
    # What is promised on a machine that has a processor for it; on a full one it takes its turn.
    assert float(milliseconds[0]) < 10
    assert float(milliseconds[-1]) < 5000
