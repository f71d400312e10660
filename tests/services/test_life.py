"""The life of a service: how it comes up, fails, hangs, goes down, and with all its processes."""

from __future__ import annotations

import threading
import time

import pytest

from tests.services.conftest import Node, Ran

# A daemon that nothing ties to its unit: double fork, new session, empty environment, other title.
STRAY = (
    "env -i setsid sh -c 'setsid env -i sleep 4242 & exec sleep 4243' </dev/null >/dev/null 2>&1 &"
)


def service(*lines: str, unit: str = "") -> str:
    return f"[Unit]\nDescription=Tried\n{unit}\n[Service]\n" + "\n".join(lines) + "\n"


def running(node: Node, pattern: str) -> str:
    return node.run("pgrep", "-f", f"^{pattern}").out


@pytest.mark.both_kernels
def test_a_simple_service(router: Node) -> None:
    router.unit("t.service", service("ExecStart=sleep 4241"))
    assert router.systemctl("start", "t").status == 0
    assert router.show("t", "ActiveState") == "active"
    assert router.show("t", "SubState") == "running"
    assert router.systemctl("stop", "t").status == 0
    assert router.show("t", "SubState") == "dead"
    assert running(router, "sleep 4241") == ""


@pytest.mark.both_kernels
def test_stop_ends_every_process_whatever_it_did_to_hide(router: Node) -> None:
    router.write("/root/stray", f"#!/bin/sh\n{STRAY}\nexec sleep 4241\n")
    router.unit("t.service", service("ExecStart=/bin/sh /root/stray"))
    router.systemctl("start", "t")
    assert router.wait("[ $(pgrep -cf '^sleep 424[123]') = 3 ]").status == 0
    assert router.show("t", "TasksCurrent") == "3"
    router.systemctl("stop", "t")
    assert running(router, "sleep 424") == ""


def test_what_ignores_the_signal_is_killed_in_time(router: Node) -> None:
    script = "trap '' TERM; while :; do sleep 0.1; done"
    router.unit("t.service", service(f'ExecStart=/bin/sh -c "{script}"', "TimeoutStopSec=1"))
    router.systemctl("start", "t")
    begun = time.monotonic()
    assert router.systemctl("stop", "t").status == 0
    assert 0.9 < time.monotonic() - begun < 5
    assert router.show("t", "TasksCurrent") == "0"
    assert router.show("t", "Result") == "timeout"


def test_what_forks_without_end_is_ended(router: Node) -> None:
    router.write("/root/hydra", "trap '' TERM\nsh /root/hydra &\nsleep 0.02\nsh /root/hydra\n")
    lines = ("ExecStart=/bin/sh /root/hydra", "TimeoutStopSec=100ms", "LimitNPROC=60")
    router.unit("t.service", service(*lines))
    router.systemctl("start", "t")
    router.wait("[ $(pgrep -cf hydra) -gt 5 ]")
    router.systemctl("stop", "t")
    assert router.run("pgrep", "-f", "sh /root/hydra").out == ""


def test_a_forking_service_with_a_pid_file_that_comes_late(router: Node) -> None:
    script = (
        "(sleep 0.5; echo $$$$ > /dev/null; exec sh -c 'echo $$$$ > /run/t.pid; exec sleep 4241') &"
    )
    router.unit(
        "t.service",
        service("Type=forking", f'ExecStart=/bin/sh -c "{script}"', "PIDFile=/run/t.pid"),
    )
    assert router.systemctl("start", "t").status == 0
    assert router.show("t", "MainPID") == running(router, "sleep 4241").strip()
    router.systemctl("stop", "t")
    assert router.sh("test -e /run/t.pid").status == 1


def test_a_forking_service_without_pid_file_is_guessed(router: Node) -> None:
    router.unit("t.service", service("Type=forking", "ExecStart=/bin/sh -c 'sleep 4241 &'"))
    router.systemctl("start", "t")
    assert router.show("t", "MainPID") == running(router, "sleep 4241").strip()
    router.sh(f"kill -9 {router.show('t', 'MainPID')}")
    assert router.wait("systemctl is-failed -q t").status == 0


def test_a_pid_file_that_names_a_stranger_is_not_believed(router: Node) -> None:
    lines = ("Type=forking", "ExecStart=/bin/sh -c 'sleep 4241 & echo 1 > /run/t.pid'")
    router.unit("t.service", service(*lines, "PIDFile=/run/t.pid", "TimeoutStartSec=1"))
    assert router.systemctl("start", "t").status == 1
    assert "New main PID 1 does not belong to service" in router.run("journalctl", "-u", "t").out
    assert running(router, "sleep 4241") == ""


def test_a_notifying_service_is_up_when_it_says_so(router: Node) -> None:
    router.write(
        "/root/ready.py",
        "import os, socket, time\n"
        "time.sleep(0.4)\n"
        "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "s.sendto(b'STATUS=all is well\\nREADY=1', os.environ['NOTIFY_SOCKET'])\n"
        "time.sleep(1000)\n",
    )
    router.unit("t.service", service("Type=notify", "ExecStart=python3 /root/ready.py"))
    begun = time.monotonic()
    assert router.systemctl("start", "t").status == 0
    assert time.monotonic() - begun > 0.4
    assert router.show("t", "StatusText") == "all is well"


@pytest.mark.parametrize(
    ("lines", "doing"),
    [
        (("Type=notify", "ExecStart=sleep 4241"), "start"),
        (("ExecStartPre=sleep 4241", "ExecStart=sleep 1"), "start-pre"),
        (("Type=forking", "ExecStart=sleep 4241"), "start"),
        (("Type=oneshot", "ExecStart=sleep 4241"), "start"),
    ],
)
def test_what_hangs_is_cut_in_time(router: Node, lines: tuple[str, ...], doing: str) -> None:
    router.unit("t.service", service(*lines, "TimeoutStartSec=500ms"))
    begun = time.monotonic()
    started = router.systemctl("start", "t")
    assert 0.4 < time.monotonic() - begun < 4
    assert started.status == 1
    assert "Job for t.service failed because a timeout was exceeded." in started.err
    assert f"{doing} operation timed out. Terminating." in router.run("journalctl", "-u", "t").out
    assert running(router, "sleep 4241") == ""
    assert router.show("t", "Result") == "timeout"


def test_a_service_that_ends_without_ever_being_ready(router: Node) -> None:
    router.unit("t.service", service("Type=notify", "ExecStart=true"))
    started = router.systemctl("start", "t")
    assert "did not take the steps required by its unit configuration" in started.err


def test_a_missing_program_is_named(router: Node) -> None:
    router.unit("t.service", service("Type=exec", "ExecStart=/usr/bin/nonesuch -x"))
    started = router.systemctl("start", "t")
    assert started.status == 1
    status = router.systemctl("status", "t").out
    assert "code=exited, status=203/EXEC" in status
    assert "Failed at step EXEC spawning /usr/bin/nonesuch: No such file or directory" in status


def test_a_missing_user_is_named(router: Node) -> None:
    router.unit("t.service", service("ExecStart=sleep 1", "User=nonesuch"))
    started = router.systemctl("start", "t")
    assert "of unavailable resources" in started.err
    assert "No such user 'nonesuch'" in router.systemctl("status", "t").out


def test_a_oneshot_that_remains(router: Node) -> None:
    lines = ("Type=oneshot", "RemainAfterExit=yes", "ExecStart=touch /run/t1",
             "ExecStart=touch /run/t2", "ExecStop=rm /run/t1 /run/t2")  # fmt: skip
    router.unit("t.service", service(*lines))
    assert router.systemctl("start", "t").status == 0
    assert router.show("t", "SubState") == "exited"
    assert router.sh("ls /run/t1 /run/t2").status == 0
    router.systemctl("stop", "t")
    assert router.sh("ls /run/t1 /run/t2").status == 2


@pytest.mark.both_kernels
def test_what_it_runs_with(router: Node) -> None:
    router.write("/etc/default/t", "FROM_FILE='a b'\n")
    router.unit(
        "t@.service",
        service(
            "Type=oneshot", "RemainAfterExit=yes", "User=nobody", "Group=nogroup", "UMask=0027",
            "WorkingDirectory=/var/lib/t-%i", "RuntimeDirectory=t-%i", "StateDirectory=t-%i",
            "RuntimeDirectoryMode=0710", "Environment=A=1 'B=two words'",
            "EnvironmentFile=-/etc/nonesuch", "EnvironmentFile=/etc/default/t",
            "ExecStartPre=+/bin/sh -c 'id -un > /run/t-%i/pre'",
            "ExecStart=/bin/sh -c 'id -un; id -gn; pwd; umask; echo $B; printf %%s, $0 $1' ${A}$A"
            " $FROM_FILE",
        ),
    )  # fmt: skip
    started = router.systemctl("start", "t@x-y")
    assert started.status == 0, started.err
    said = router.run("journalctl", "-u", "t@x-y", "-t", "sh", "-o", "cat").out
    assert said == "nobody\nnogroup\n/var/lib/t-x-y\n0027\ntwo words\n1$A,a,\n"
    assert router.sh("cat /run/t-x-y/pre").out == "root\n"
    assert router.sh("stat -c '%U %G %a' /run/t-x-y").out == "nobody nogroup 710\n"
    router.systemctl("stop", "t@x-y")
    assert router.sh("test -e /run/t-x-y").status == 1
    assert router.sh("test -d /var/lib/t-x-y").status == 0


def test_restarts_are_bounded(router: Node) -> None:
    lines = ("ExecStart=/bin/sh -c 'echo alas; exit 3'", "Restart=always")
    # So long that five starts fit into it on a busy machine.
    router.unit("t.service", service(*lines, unit="StartLimitIntervalSec=600"))
    started = router.systemctl("start", "t")
    assert started.status == 1
    assert "(code=exited, status=3" in started.err
    assert "alas" in started.err
    assert router.wait("systemctl is-failed -q t").status == 0
    log = router.run("journalctl", "-u", "t", "-o", "cat").out
    assert log.count("alas\n") == 5
    assert "Start request repeated too quickly." in log
    assert router.systemctl("restart", "t").status == 1  # asked for, it is tried again


def test_an_exit_status_can_be_a_success(router: Node) -> None:
    lines = ("ExecStart=/bin/sh -c 'sleep 0.6; exit 7'", "SuccessExitStatus=7 SIGUSR1")
    router.unit("t.service", service(*lines))
    router.systemctl("start", "t")
    assert router.wait("! systemctl is-active -q t").status == 0
    assert router.show("t", "Result") == "success"


def test_stop_cuts_a_start_short(router: Node) -> None:
    router.unit("t.service", service("ExecStartPre=sleep 4241", "ExecStart=sleep 1"))
    got: list[Ran] = []
    starting = threading.Thread(target=lambda: got.append(router.systemctl("start", "t")))
    starting.start()
    assert router.wait("pgrep -f '^sleep 4241'").status == 0
    assert router.show("t", "ActiveState") == "activating"
    assert router.systemctl("stop", "t").status == 0
    starting.join()
    assert got[0].status == 1
    assert got[0].err == "Job for t.service canceled.\n"
    assert running(router, "sleep 4241") == ""


def test_two_who_start_at_once_start_it_once(router: Node) -> None:
    router.unit("t.service", service("ExecStartPre=sleep 0.5", "ExecStart=sleep 4241"))
    twice = router.sh("systemctl start t & systemctl start t; wait")
    assert (twice.status, twice.text) == (0, "")
    assert router.show("t", "TasksCurrent") == "1"


def test_dependencies_come_first_and_go_last(router: Node) -> None:
    router.unit("a.service", service("ExecStart=sleep 4241", "ExecStartPre=sleep 0.3"))
    unit = "Requires=a.service network.target\nAfter=a.service network.target"
    router.unit("b.service", service("ExecStart=sleep 4242", unit=unit))
    router.unit("c.service", service("ExecStart=sleep 4243", unit="Conflicts=a.service"))
    assert router.systemctl("start", "b").status == 0
    assert router.systemctl("is-active", "a", "b").out == "active\nactive\n"
    log = router.run("journalctl", "-o", "cat").out
    assert log.index("Started a.service") < log.index("Starting b.service")
    router.systemctl("start", "c")
    assert router.systemctl("is-active", "a", "b", "c").out == "inactive\ninactive\nactive\n"


def test_a_failed_dependency_is_told(router: Node) -> None:
    router.unit("a.service", service("Type=oneshot", "ExecStart=false"))
    unit = "Requires=a.service\nAfter=a.service"
    router.unit("b.service", service("ExecStart=sleep 4242", unit=unit))
    started = router.systemctl("start", "b")
    assert started.status == 1
    assert "A dependency job for b.service failed." in started.err
    assert running(router, "sleep 4242") == ""


def test_a_unit_that_needs_one_that_is_not_there(router: Node) -> None:
    router.unit("b.service", service("ExecStart=sleep 4242", unit="Requires=nonesuch.service"))
    started = router.systemctl("start", "b")
    assert started.status == 5
    assert started.err == "Failed to start b.service: Unit nonesuch.service not found.\n"


def test_a_changed_file_holds_after_daemon_reload(router: Node) -> None:
    router.unit("t.service", service("ExecStart=sleep 4241"))
    router.systemctl("start", "t")
    router.write(
        "/etc/systemd/system/t.service.d/x.conf", "[Service]\nExecStart=\nExecStart=sleep 4242\n"
    )
    restarted = router.systemctl("restart", "t")
    assert "Run 'systemctl daemon-reload' to reload units." in restarted.err
    router.systemctl("daemon-reload")
    assert router.systemctl("restart", "t").text == ""
    assert running(router, "sleep 4242") != ""
    assert "Drop-In: /etc/systemd/system/t.service.d" in router.systemctl("status", "t").out
    router.sh("rm -r /etc/systemd/system/t.service.d")


def test_commands_of_the_end_know_how_it_ended(router: Node) -> None:
    router.unit(
        "t.service",
        service(
            "ExecStart=sleep 4241",
            "ExecStop=/bin/sh -c 'echo main was $MAINPID.'",
            "ExecStopPost=/bin/sh -c 'echo $SERVICE_RESULT $EXIT_CODE $EXIT_STATUS.'",
        ),
    )
    router.systemctl("start", "t")
    router.systemctl("kill", "-s", "ABRT", "t")
    assert router.wait("systemctl is-failed -q t").status == 0
    said = router.run("journalctl", "-u", "t", "-t", "sh", "-o", "cat", "-n", "2").out
    assert said in (
        f"main was .\n{result} ABRT.\n" for result in ("signal killed", "core-dump dumped")
    )
    router.systemctl("start", "t")
    main = router.show("t", "MainPID")
    router.systemctl("stop", "t")
    said = router.run("journalctl", "-u", "t", "-t", "sh", "-o", "cat", "-n", "2").out
    assert said == f"main was {main}.\nsuccess killed TERM.\n"
