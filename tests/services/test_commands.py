"""What systemctl and journalctl say, and with which exit status."""

from __future__ import annotations

import time

import pytest

from tests.services.conftest import Node

SLEEPER = "[Unit]\nDescription=Tried\n[Service]\nExecStart=sleep 4241\n"
INSTALL = "[Install]\nWantedBy=multi-user.target\n"


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        ("start nonesuch", 5,
         "Failed to start nonesuch.service: Unit nonesuch.service not found.\n"),
        ("stop nonesuch", 5, "Failed to stop nonesuch.service: Unit nonesuch.service not found.\n"),
        ("status nonesuch", 4, "Unit nonesuch.service could not be found.\n"),
        ("is-active nonesuch", 3, "inactive\n"),
        ("is-failed nonesuch", 1, "inactive\n"),
        ("is-active -q network.target", 0, ""),
        ("is-enabled radvd", 1, "disabled\n"),
        ("is-enabled nonesuch", 1,
         "Failed to get unit file state for nonesuch.service: No such file or directory\n"),
        ("enable nonesuch", 1,
         "Failed to enable unit: Unit file nonesuch.service does not exist.\n"),
        ("frobnicate radvd", 1, "Unknown command verb frobnicate.\n"),
        ("start", 1, "Too few arguments.\n"),
        ("--frob start radvd", 1, "systemctl: unrecognized option '--frob'\n"),
        ("reload radvd", 1, "radvd.service is not active, cannot reload.\n"),
        ("cat nonesuch", 1, "No files found for nonesuch.service.\n"),
        ("start dnsmasq@", 1,
         "Failed to start dnsmasq@.service: "
         "Unit name dnsmasq@.service is missing the instance name.\n"),
        ("show -p LoadState,ActiveState nonesuch", 0,
         "LoadState=not-found\nActiveState=inactive\n"),
        ("show -p UnitFileState --value radvd", 0, "disabled\n"),
        ("list-units --no-legend", 0, ""),
    ],
)  # fmt: skip
def test_exit_status_and_words(router: Node, arguments: str, status: int, text: str) -> None:
    ran = router.systemctl(*arguments.split())
    assert (ran.status, ran.text) == (status, text)


def test_a_fresh_node_runs_and_enables_nothing(pc: Node) -> None:
    assert pc.systemctl("list-units").out == "0 loaded units listed.\n"
    assert pc.systemctl("list-unit-files", "--state=enabled", "--no-legend").out == ""
    assert "bind9.service  " in pc.systemctl("list-unit-files").out


def test_enable_now_and_disable_now(router: Node) -> None:
    router.unit("t.service", SLEEPER + INSTALL)
    enabled = router.systemctl("enable", "--now", "t")
    assert enabled.text == (
        "Created symlink /etc/systemd/system/multi-user.target.wants/t.service "
        "→ /etc/systemd/system/t.service.\n"
    )
    assert router.systemctl("is-enabled", "t").out == "enabled\n"
    assert router.systemctl("is-active", "t").out == "active\n"
    assert "loaded (/etc/systemd/system/t.service; enabled)" in router.systemctl("status", "t").out
    router.systemctl("disable", "--now", "t")
    assert router.systemctl("is-enabled", "t").out == "disabled\n"
    assert router.systemctl("is-active", "t").out == "inactive\n"


def test_a_masked_unit_does_not_start(router: Node) -> None:
    assert router.systemctl("mask", "iperf3").status == 0
    started = router.systemctl("start", "iperf3")
    assert (started.status, started.err) == (
        1, "Failed to start iperf3.service: Unit iperf3.service is masked.\n",
    )  # fmt: skip
    assert router.systemctl("is-enabled", "iperf3").out == "masked\n"
    router.systemctl("unmask", "iperf3")
    assert router.systemctl("start", "iperf3").status == 0


def test_an_alias_is_the_unit(router: Node) -> None:
    assert "named.service - BIND" in router.systemctl("status", "bind9").out
    assert router.show("bind9", "Id") == "named.service"


def test_a_bad_setting_is_told_with_its_line(router: Node) -> None:
    router.unit("t.service", "[Service]\nExecStrat=sleep 1\n")
    started = router.systemctl("start", "t")
    assert started.status == 1
    assert "Unit t.service has a bad unit file setting." in started.err
    assert "/etc/systemd/system/t.service:2: Unknown key name 'ExecStrat'" in started.err


def test_reload_of_a_unit_that_cannot(router: Node) -> None:
    router.unit("t.service", SLEEPER)
    router.systemctl("start", "t")
    reloaded = router.systemctl("reload", "t")
    assert reloaded.status == 3
    assert "Job type reload is not applicable for unit t.service." in reloaded.err
    assert router.systemctl("reload-or-restart", "t").status == 0


def test_several_units_at_once(router: Node) -> None:
    router.unit("t@.service", SLEEPER)
    started = router.systemctl("start", "t@1", "nonesuch", "t@2")
    assert started.status == 5
    assert router.systemctl("is-active", "t@1", "t@2").out == "active\nactive\n"
    assert "t@1.service" in router.systemctl("list-units").out
    assert router.systemctl("stop", "t@*").status == 0
    assert router.systemctl("is-active", "t@1", "t@2").status == 3


def test_only_root_changes_anything(router: Node) -> None:
    router.unit("t.service", SLEEPER)
    as_user = ("setpriv", "--reuid=nobody", "--clear-groups", "systemctl")
    denied = router.run(*as_user, "start", "t")
    assert (denied.status, denied.err) == (4, "Failed to start t.service: Access denied\n")
    router.systemctl("start", "t")
    assert router.run(*as_user, "is-active", "t").out == "active\n"
    assert router.run(*as_user, "stop", "t").status == 4
    assert router.run(*as_user, "status", "t").status == 0


def test_a_service_that_floods_holds_up_nobody(router: Node, backend: str) -> None:
    script = "yes flooding & exec yes flooding >&2"
    router.unit("flood.service", f"[Service]\nExecStart=/bin/sh -c '{script}'\n")
    router.systemctl("start", "flood")
    begun = time.monotonic()
    assert router.systemctl("is-active", "flood").out == "active\n"
    assert "flooding" in router.run("journalctl", "-u", "flood", "-n", "3").out
    assert time.monotonic() - begun < 10
    ticks = int(router.sh("cut -d' ' -f14 /proc/1/stat").out)
    router.sh("sleep 2")
    used = int(router.sh("cut -d' ' -f14 /proc/1/stat").out) - ticks
    # Of 200 in two seconds. The lab kernel counts what the machine gave to others too.
    assert used < 100 or backend == "lab"
    router.systemctl("stop", "flood")
    size = int(router.sh("cat /var/log/journal.jsonl* | wc -c").out)
    assert size < 8 * 1024 * 1024


def test_journal_of_a_unit(router: Node) -> None:
    script = "echo '<3>it is bad'; echo plain; exec logger -p daemon.warning -t mine 'by syslog'"
    router.unit("said.service", f'[Service]\nType=oneshot\nExecStart=/bin/sh -c "{script}"\n')
    router.systemctl("start", "said")

    def journal(*arguments: str) -> list[str]:
        return router.run("journalctl", "-u", "said", "-o", "cat", *arguments).out.splitlines()

    said = journal()
    assert said.index("it is bad") < said.index("plain") < said.index("by syslog")
    assert journal("-p", "err") == ["it is bad"]
    assert journal("-p", "warning") == ["it is bad", "by syslog"]
    assert journal("-t", "mine") == ["by syslog"]
    assert journal("-n", "1") == ["Finished said.service - said.service."]
    assert journal("--since", "-1min", "-g", "SYSLOG|PLAIN") == ["-- No entries --"]
    assert journal("--since", "-1min", "-g", "plain$") == ["plain"]
    assert journal("--since", "+1min") == ["-- No entries --"]
    assert journal("-r")[0] == "Finished said.service - said.service."
    assert "plain" in router.run("journalctl", "-xeu", "said", "--no-pager", "-b").out


def test_journal_is_followed(router: Node) -> None:
    router.unit("t.service", '[Service]\nType=oneshot\nExecStart=echo "said later"\n')
    channel = router.lab.open("exec", node="r", argv=["journalctl", "-fu", "t", "-n0"])
    router.wait("pgrep -f journalctl")
    router.systemctl("start", "t")
    heard = b""
    for kind, data in channel:
        heard += data if kind == "O" else b""
        if b"said later" in heard:
            break
    channel.cancel()
    assert b"echo[" in heard


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("--frob", "journalctl: unrecognized option '--frob'\n"),
        ("-p nonsense", "Unknown log level nonsense\n"),
        ("--since whenever", "Failed to parse timestamp: whenever\n"),
        ("-o nonsense", "Unknown output format 'nonsense'.\n"),
        ("-g [", 'Bad pattern "[": unterminated character set at position 0\n'),
    ],
)
def test_journalctl_refuses_in_one_sentence(router: Node, arguments: str, text: str) -> None:
    ran = router.run("journalctl", *arguments.split())
    assert (ran.status, ran.err) == (1, text)


def test_systemctl_is_quick(router: Node) -> None:
    router.systemctl("is-active", "radvd")
    best = min(_seconds(router, "systemctl", "is-active", "radvd") for _ in range(10))
    python = min(_seconds(router, "python3", "-I", "-S", "-c", "") for _ in range(10))
    assert best < 4 * python  # it is a Python program that imports little


def _seconds(node: Node, *argv: str) -> float:
    begun = time.monotonic()
    node.run(*argv)
    return time.monotonic() - begun
