"""Debian's own daemons, over their own units: start, reload, stop, a mistake told with its line."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.services.conftest import Node


@dataclass(frozen=True)
class Daemon:
    """A service of the image, a configuration that works, and one that does not."""

    unit: str
    file: str
    good: str
    bad: str
    complaint: str  # what the daemon says of the bad one, with the line
    comes_back: bool = False  # Debian's unit restarts it when it is killed
    reloads: bool = True


RADVD = "interface staff {\n AdvSendAdvert on;\n prefix 2001:db8::/64 { AdvOnLink on; };\n};\n"
NSD = "server:\n  server-count: 1\nremote-control:\n  control-enable: no\n"
KEA = """{ "Dhcp6": {
  "interfaces-config": { "interfaces": [ "staff" ] },
  "lease-database": { "type": "memfile" },
  "subnet6": [ { "id": 1, "subnet": "2001:db8::/64", "interface": "staff" } ]
} }
"""
NGINX = "events {}\nhttp {\n  server { listen [::]:8080; return 200; }\n}\n"
NAMED = 'options {\n  directory "/var/cache/bind";\n  recursion no;\n};\n'
BIRD = "router id 192.0.2.1;\nprotocol device {}\n"

DAEMONS = [
    Daemon(
        "radvd", "/etc/radvd.conf", RADVD, RADVD.replace("on;\n prefix", "on\n prefix"),
        "/etc/radvd.conf:3 error: syntax error",
    ),
    Daemon(
        "dnsmasq", "/etc/dnsmasq.conf", "interface=staff\nport=0\n", "interface=staff\nport 0\n",
        "at line 2 of /etc/dnsmasq.conf",
    ),
    Daemon(
        "bird", "/etc/bird/bird.conf", BIRD, BIRD + "bogus;\n",
        "/etc/bird/bird.conf:3:1 syntax error", comes_back=True,
    ),
    Daemon(
        "kea-dhcp6-server", "/etc/kea/kea-dhcp6.conf", KEA, KEA.replace("subnet6", "subnet7"),
        "/etc/kea/kea-dhcp6.conf:4.3-11: got unexpected keyword", reloads=False,
    ),
    Daemon(
        "nginx", "/etc/nginx/nginx.conf", NGINX, NGINX.replace("listen", "lissen"),
        'unknown directive "lissen" in /etc/nginx/nginx.conf:3',
    ),
    Daemon(
        "unbound", "/etc/unbound/unbound.conf", "server:\n  interface: ::1\n",
        "server:\n  interfase: ::1\n", "/etc/unbound/unbound.conf:2: error:", comes_back=True,
    ),
    Daemon(
        "named", "/etc/bind/named.conf", NAMED, NAMED.replace("recursion", "recursiom"),
        "/etc/bind/named.conf:3: unknown option 'recursiom'", comes_back=True,
    ),
    Daemon(
        "nsd", "/etc/nsd/nsd.conf", NSD, NSD.replace("server-count", "server-cout"),
        "/etc/nsd/nsd.conf:2", comes_back=True,
    ),
]  # fmt: skip
each = pytest.mark.parametrize("daemon", DAEMONS, ids=lambda daemon: daemon.unit)


@pytest.mark.both_kernels
@each
def test_a_daemon_starts_reloads_and_stops(router: Node, daemon: Daemon) -> None:
    router.write(daemon.file, daemon.good)
    started = router.systemctl("start", daemon.unit)
    assert (started.status, started.text) == (0, "")
    assert router.systemctl("is-active", daemon.unit).out == "active\n"
    main = router.show(daemon.unit, "MainPID")
    assert router.sh(f"kill -0 {main}").status == 0
    status = router.systemctl("status", daemon.unit)
    assert status.status == 0
    assert f"Main PID: {main} (" in status.out
    assert "Active: active (running) since" in status.out
    if daemon.reloads:
        reloaded = router.systemctl("reload", daemon.unit)
        assert (reloaded.status, reloaded.text) == (0, "")
        assert router.systemctl("is-active", daemon.unit).out == "active\n"
    pids = router.systemctl("show", "-p", "TasksCurrent", "--value", daemon.unit).out
    assert int(pids) >= 1
    assert router.systemctl("stop", daemon.unit).status == 0
    assert router.systemctl("is-active", daemon.unit).status == 3
    assert router.show(daemon.unit, "TasksCurrent") == "0"
    assert router.show(daemon.unit, "Result") == "success"
    assert router.sh(f"kill -0 {main}").status != 0


@each
def test_a_mistake_is_told_at_once_and_with_its_line(router: Node, daemon: Daemon) -> None:
    router.write(daemon.file, daemon.bad)
    started = router.systemctl("start", daemon.unit)
    assert started.status == 1
    assert daemon.complaint in started.err
    router.systemctl("stop", daemon.unit)
    assert daemon.complaint in router.run("journalctl", "-u", daemon.unit).out


@each
def test_a_killed_daemon_is_failed_or_comes_back(router: Node, daemon: Daemon) -> None:
    router.write(daemon.file, daemon.good)
    router.systemctl("restart", daemon.unit)
    main = router.show(daemon.unit, "MainPID")
    router.sh(f"kill -9 {main}")
    if daemon.comes_back:
        again = f"[ $(systemctl show -p NRestarts --value {daemon.unit}) = 1 ]"
        active = f"systemctl is-active -q {daemon.unit}"
        assert router.wait(f"{again} && {active}").status == 0
        assert router.show(daemon.unit, "MainPID") != main
        return
    assert router.wait(f"systemctl is-failed -q {daemon.unit}").status == 0
    assert router.show(daemon.unit, "Result") == "signal"
    assert router.show(daemon.unit, "ExecMainStatus") == "9"
    assert router.show(daemon.unit, "TasksCurrent") == "0"


@pytest.mark.both_kernels
def test_frr_runs_with_its_shell_and_all_its_daemons(router: Node) -> None:
    router.write("/etc/frr/frr.conf", "frr defaults traditional\nhostname r\n")
    router.sh("sed -i s/ospf6d=no/ospf6d=yes/ /etc/frr/daemons")
    started = router.systemctl("start", "frr")
    assert (started.status, started.text) == (0, "")
    assert "zebra" in router.run("vtysh", "-c", "show daemons").out
    assert "ospf6d" in router.run("vtysh", "-c", "show daemons").out
    router.write("/etc/frr/frr.conf", "frr defaults traditional\nipv6 route ::/0 Null0\n")
    reloaded = router.systemctl("reload", "frr")
    assert reloaded.status == 0, reloaded.text
    assert "ipv6 route ::/0 Null0" in router.run("vtysh", "-c", "show running-config").out
    assert router.systemctl("stop", "frr").status == 0
    assert router.sh("pgrep 'zebra|watchfrr|ospf6d|staticd'").out == ""


def test_frr_runs_on_and_names_the_lines_it_passed_over(router: Node) -> None:
    router.write("/etc/frr/frr.conf", "interface staff\n ipv6 nd prefx 2001:db8::/64\n")
    started = router.systemctl("start", "frr")
    assert started.status == 0
    assert "/etc/frr/frr.conf, line 2: % Unknown command" in started.err


def test_a_condition_that_keeps_a_daemon_down_is_told(router: Node) -> None:
    router.sh("rm -f /etc/radvd.conf")
    started = router.systemctl("start", "radvd")
    assert started.status == 0  # as systemd has it
    assert "ConditionPathExists=/etc/radvd.conf" in started.err
    assert router.systemctl("is-active", "radvd").status == 3


def test_daemons_of_another_user_get_the_capabilities_of_their_unit(router: Node) -> None:
    router.write("/etc/kea/kea-dhcp6.conf", KEA)
    assert router.systemctl("start", "kea-dhcp6-server").status == 0
    status = router.sh(f"cat /proc/{router.show('kea-dhcp6-server', 'MainPID')}/status").out
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert facts["CapEff"] == facts["CapAmb"] == f"{1 << 10:016x}"  # CAP_NET_BIND_SERVICE
    assert facts["Uid"].split()[0] == router.run("id", "-u", "_kea").out.strip()


def test_a_script_without_unit_file_runs_as_a_service(router: Node) -> None:
    status = router.systemctl("status", "isc-dhcp-relay")
    assert "/run/systemd/generator.late/isc-dhcp-relay.service" in status.out


def test_kernel_settings_are_applied_again_as_a_service(router: Node) -> None:
    router.write("/etc/sysctl.d/router.conf", "net.ipv6.conf.all.forwarding = 1\n")
    restarted = router.systemctl("restart", "systemd-sysctl")
    assert (restarted.status, restarted.text) == (0, "")
    assert router.sh("cat /proc/sys/net/ipv6/conf/all/forwarding").out == "1\n"
    router.sh("rm /etc/sysctl.d/router.conf; sysctl -q net.ipv6.conf.all.forwarding=0")


def test_debians_own_service_command_works(router: Node) -> None:
    router.write("/etc/radvd.conf", RADVD)
    assert router.run("service", "radvd", "start").status == 0
    assert router.systemctl("is-active", "radvd").out == "active\n"
    assert router.run("/etc/init.d/radvd", "stop").status == 0
    assert router.systemctl("is-active", "radvd").out == "inactive\n"
