"""A node's root is root of its node and of nothing else."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

from ipv6lab.sandbox import Lab
from ipv6lab.words.errors import LabError
from tests.sandbox.support import run, throwaway


def python(lab: Lab, node: str, program: str) -> str:
    ran = run(lab, node, "python3", "-c", textwrap.dedent(program))
    return ran.out + ran.err


@pytest.mark.both_kernels
def test_it_sees_only_its_own_processes(lab: Lab) -> None:
    run(lab, "b", "sh", "-c", "sleep 4321 &")
    listing = run(lab, "a", "ps", "-eo", "pid=,args=").out
    assert "4321" not in listing
    pids = [int(line.split()[0]) for line in listing.splitlines()]
    assert pids[0] == 1
    assert len(pids) == 2  # its init, and ps


def test_it_cannot_look_into_its_own_init(lab: Lab) -> None:
    for name in ("environ", "mem", "fd", "root", "maps"):
        assert run(lab, "a", "sh", "-c", f"ls -l /proc/1/{name}/. || cat /proc/1/{name}").status
    attach = "import ctypes; print(ctypes.CDLL(None).ptrace(16, 1, 0, 0))"
    assert python(lab, "a", attach) == "-1\n"


def test_it_cannot_end_its_init(lab: Lab) -> None:
    run(lab, "a", "sh", "-c", "kill -9 1; kill -TERM 1; kill -INT 1")
    assert run(lab, "a", "hostname").out == "a\n"


def test_files_of_another_node_are_not_there(lab: Lab) -> None:
    run(lab, "b", "sh", "-c", "echo secret > /etc/secret; echo secret > /tmp/secret")
    assert run(lab, "a", "sh", "-c", "cat /etc/secret /tmp/secret").out == ""
    assert run(lab, "b", "cat", "/etc/secret").out == "secret\n"


@pytest.mark.both_kernels
def test_nothing_of_the_machine_is_there(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "trace").write_text("of the machine")
    assert run(lab, "a", "cat", str(tmp_path / "trace")).status != 0
    assert (
        run(lab, "a", "sh", "-c", "ls /home /work /root 2>/dev/null | grep -v :").out.strip() == ""
    )
    machine = Path("/etc/machine-id")
    if machine.exists() and machine.read_text().strip():
        assert machine.read_text().strip() not in run(lab, "a", "cat", "/etc/machine-id").out
    mounts = run(lab, "a", "cat", "/proc/self/mountinfo").out
    for path in (str(Path.home()), os.getcwd()):
        assert path == "/" or path not in mounts


@pytest.mark.both_kernels
def test_neither_mounts_nor_new_namespaces(lab: Lab) -> None:
    assert run(lab, "a", "mount", "-t", "tmpfs", "x", "/mnt").status != 0
    assert run(lab, "a", "unshare", "-U", "true").status != 0
    assert run(lab, "a", "unshare", "-m", "true").status != 0
    assert run(lab, "a", "unshare", "-n", "true").status != 0


def test_the_kernels_settings_of_the_machine_are_out_of_reach(lab: Lab) -> None:
    before = Path("/proc/sys/kernel/core_pattern").read_text()
    for key in ("kernel.core_pattern=|/bin/x", "vm.drop_caches=1", "kernel.hostname=x.example"):
        run(lab, "a", "sysctl", "-w", key)
    assert Path("/proc/sys/kernel/core_pattern").read_text() == before
    assert run(lab, "a", "sh", "-c", "echo b > /proc/sysrq-trigger").status != 0


@pytest.mark.both_kernels
def test_no_link_can_be_made_in_another_namespace(lab: Lab) -> None:
    """RTM_NEWLINK with IFLA_TARGET_NETNSID reaches other namespaces of one's user namespace."""
    program = """
        import socket, struct
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        def attribute(kind, data):
            return struct.pack("HH", 4 + len(data), kind) + data + b"\\0" * (-len(data) % 4)
        refused = 0
        for number in range(8):
            body = struct.pack("BxHiII", 0, 0, 0, 0, 0)
            body += attribute(3, b"escaped\\0") + attribute(46, struct.pack("i", number))
            body += attribute(18, attribute(1, b"bridge"))
            s.send(struct.pack("IHHII", 16 + len(body), 16, 0x605, 1, 0) + body)
            error = struct.unpack_from("i", s.recv(4096), 16)[0]
            refused += error < 0
        print("refused", refused)
    """
    assert python(lab, "a", program) == "refused 8\n"


def test_capabilities_are_those_of_an_administrator_of_one_machine(lab: Lab) -> None:
    status = run(lab, "a", "cat", "/proc/self/status").out
    bounding = int(next(x for x in status.splitlines() if x.startswith("CapBnd")).split()[1], 16)
    sys_admin, sys_module, sys_ptrace, mknod, net_admin = 21, 16, 19, 27, 12
    assert not any(bounding >> number & 1 for number in (sys_admin, sys_module, sys_ptrace, mknod))
    assert bounding >> net_admin & 1


def test_sudo_and_other_users_work(lab: Lab) -> None:
    assert run(lab, "a", "sudo", "-u", "nobody", "id", "-un").out == "nobody\n"
    assert run(lab, "a", "sudo", "-u", "nobody", "ping", "-c1", "-W1", "::1").status == 0
    assert run(lab, "a", "sudo", "id", "-u").err == ""


def test_a_fork_bomb_ends_at_the_sandboxes_limit(lab: Lab) -> None:
    program = """
        import os, signal
        count = 0
        try:
            while count < 5000:
                if os.fork() == 0:
                    signal.pause()
                count += 1
        except BlockingIOError:
            print("refused", count < 5000, flush=True)
        os.killpg(0, signal.SIGKILL)
    """
    assert "refused True" in python(lab, "a", program)
    assert run(lab, "b", "hostname").out == "b\n"


FILLING = """
import os, signal
try:
    while True:
        if os.fork() == 0:
            signal.pause()
except OSError:
    print("full", flush=True)
signal.pause()
"""


@pytest.mark.both_kernels
def test_a_full_node_says_so_and_leaves_others_alone(lab: Lab) -> None:
    """Others of the same lab and of the same user, whose processes the kernel counts together."""
    channel = lab.open("exec", node="a", argv=["python3", "-c", FILLING])
    assert next(iter(channel)) == ("O", b"full\n")
    with pytest.raises(LabError, match=r"^a can start no program .*ipv6lab reboot"):
        run(lab, "a", "hostname")
    assert run(lab, "b", "hostname").out == "b\n"
    with throwaway() as other:
        assert run(other, "a", "hostname").out == "a\n"
    lab.request("reboot", node="a")
    assert run(lab, "a", "hostname").out == "a\n"


def test_a_full_disk_is_that_nodes_alone(lab: Lab) -> None:
    ran = run(lab, "a", "sh", "-c", "dd if=/dev/zero of=/var/fill bs=1M count=1000")
    assert "No space left on device" in ran.err
    assert run(lab, "b", "sh", "-c", "echo fits > /var/x && cat /var/x").out == "fits\n"
    assert run(lab, "a", "sh", "-c", "rm /var/fill && echo fits > /var/x").status == 0


def test_the_network_is_real(lab: Lab) -> None:
    for number, node in enumerate("ab", 1):
        run(lab, node, "ip", "address", "add", f"2001:db8::{number}/64", "dev", "eth0", "nodad")
    assert run(lab, "a", "ping", "-c1", "-W3", "2001:db8::2").status == 0
