"""One node is reset or rebooted, and the others notice nothing."""

import shutil
import tempfile

import pytest

from ipv6lab import sandbox
from ipv6lab.words.errors import LabError, Unsupported
from tests.backends import no_lab
from tests.sandbox import support

START = {
    "a": "ip address add 2001:db8::a/64 dev eth0 nodad; ip address add 192.0.2.1/24 dev eth0",
    "b": "ip address add 2001:db8::b/64 dev eth0 nodad",
}
UNIT = """\
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'ip address show dev eth0 > /run/saw'
[Install]
WantedBy=multi-user.target
"""
WORK = f"""\
echo mine > /etc/motd
echo '192.0.2.9 nine' >> /etc/hosts
touch /run/volatile /tmp/volatile
cat > /etc/systemd/system/saw.service <<'END'
{UNIT}END
systemctl daemon-reload
systemctl enable saw.service 2>/dev/null
echo 'net.ipv6.conf.all.forwarding = 1' > /etc/sysctl.d/50-router.conf
ip address add 2001:db8::aa/64 dev eth0 nodad
ip route add 2001:db8:9::/48 dev eth0
ip link set eth0 mtu 1400
nft add table inet mine
sleep 1000 >/dev/null 2>&1 &
"""
WORK_OF_B = "echo mine > /etc/motd; ip address add 2001:db8::bb/64 dev eth0 nodad; sleep 999 &"


@pytest.fixture
def lab(monkeypatch):
    """Two hosts on a link, with a start state, and with work done on both."""
    directory = tempfile.mkdtemp(prefix="v6-")
    monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
    request = support.build_request(**START)
    motd = {"node": "a", "path": "etc/motd", "mode": 0o644, "content": "aGVsbG8K"}
    request["start"]["files"] = [motd]
    try:
        with sandbox.throwaway() as lab:
            lab.request("build", **request)
            assert shell(lab, "a", WORK) == ""
            shell(lab, "b", WORK_OF_B)
            yield lab
    except Unsupported as error:
        no_lab(error)
    finally:
        shutil.rmtree(directory)


def shell(lab, node, words):
    ran = support.run(lab, node, "sh", "-c", words)
    return ran.out + ran.err


def is_as_it_was(lab):
    """Whether the other node kept what it had, and reaches the one that came back."""
    assert "2001:db8::bb/64" in shell(lab, "b", "ip address show dev eth0")
    assert shell(lab, "b", "cat /etc/motd") == "mine\n"
    assert "sleep 999" in shell(lab, "b", "ps -eo args")
    assert " 0% packet loss" in shell(lab, "b", "ping -c 1 -W 5 2001:db8::a")
    network = lab.request("describe")["network"]
    for node in ("a", "b"):
        mac = network["nodes"][node]["interfaces"]["eth0"]["mac"]
        assert mac in shell(lab, node, "ip link show dev eth0")


def has_the_network_of_the_start(lab):
    said = shell(lab, "a", "ip address show dev eth0; ip -6 route; nft list ruleset; ps -eo args")
    assert "2001:db8::a/64" in said
    assert "192.0.2.1/24" in said
    assert "mtu 1500" in said
    assert "2001:db8::aa" not in said
    assert "2001:db8:9::/48" not in said
    assert "table inet mine" not in said
    assert "sleep 1000" not in said


def test_a_reset_node_is_as_it_was_at_the_start(lab):
    lab.request("reset", node="a")
    has_the_network_of_the_start(lab)
    assert shell(lab, "a", "cat /etc/motd") == "hello\n"
    assert "nine" not in shell(lab, "a", "cat /etc/hosts")
    assert "No such file" in shell(lab, "a", "ls /etc/systemd/system/saw.service")
    assert shell(lab, "a", "sysctl -n net.ipv6.conf.all.forwarding") == "0\n"
    is_as_it_was(lab)


def test_a_rebooted_node_has_what_is_in_its_files(lab):
    for _ in range(2):  # and finds it the second time too
        lab.request("reboot", node="a")
        has_the_network_of_the_start(lab)
        assert shell(lab, "a", "cat /etc/motd") == "mine\n"
        assert "nine" in shell(lab, "a", "cat /etc/hosts")
        assert "No such file" in shell(lab, "a", "ls /run/volatile")
        assert "No such file" in shell(lab, "a", "ls /tmp/volatile")
        assert shell(lab, "a", "systemctl is-active saw.service") == "active\n"
        # What is enabled starts when the interfaces are configured.
        assert "2001:db8::a/64" in shell(lab, "a", "cat /run/saw")
        assert shell(lab, "a", "sysctl -n net.ipv6.conf.all.forwarding") == "1\n"
        is_as_it_was(lab)


def test_a_link_that_was_removed_is_there_after_a_reset(lab):
    shell(lab, "a", "ip link delete eth0")
    lab.request("reset", node="a")
    has_the_network_of_the_start(lab)
    # The other end went with it, and so did the other node's address.
    shell(lab, "b", "ip address add 2001:db8::b/64 dev eth0 nodad")
    assert " 0% packet loss" in shell(lab, "b", "ping -c 1 -W 5 2001:db8::a")


def test_resets_and_reboots_are_recorded_in_their_order(lab):
    lab.request("reboot", node="a")
    lab.request("reset", node="b")
    entries = lab.request("journal")["entries"]
    told = [(entry["kind"], entry.get("node")) for entry in entries]
    assert told.index(("reboot", "a")) < told.index(("reset", "b"))
    # What was written before counts, what the machine did by itself does not.
    kinds = [one for one in told if one[1] == "a"]
    assert kinds.index(("files", "a")) < kinds.index(("reboot", "a"))
    assert kinds[-1] == ("reboot", "a")


def test_a_node_that_there_is_not(lab):
    for operation in ("reset", "reboot"):
        with pytest.raises(LabError, match="There is no node nobody here"):
            lab.request(operation, node="nobody")


def test_a_program_of_its_own_is_refused_where_a_lab_runs(lab):
    with pytest.raises(LabError, match="needs a sandbox of its own"):
        lab.request("program", argv=["true"], files=[])
