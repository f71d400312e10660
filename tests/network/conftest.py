"""Tests marked `isolated` run in a forked child with namespaces of its own.

As an ordinary user the child is root of a new user namespace, as root it stays root; either way its
network and its mounts are its own and end with it.
"""

import os
import sys
import traceback

import pytest

from ipv6lab.linux import syscalls

sys.path.append(
    os.path.dirname(__file__)
)  # for helpers, which pytest's importlib mode does not see


def pytest_configure(config):
    config.addinivalue_line("markers", "isolated: run in a child with namespaces of its own")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if pyfuncitem.get_closest_marker("isolated") is None:
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    report = _in_child(lambda: pyfuncitem.obj(**arguments))
    kind, _, text = report.partition("\n")
    if kind == "skip":
        pytest.skip(text)
    if kind != "passed":
        pytest.fail(text or "the child ended without a word", pytrace=False)
    return True


def _in_child(test):
    """Run a test in a child; what it gives is "passed", "failed" or "skip" and a text."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        report = "failed\n"
        try:
            report = _isolated(test)
        except pytest.skip.Exception as skipped:
            report = f"skip\n{skipped}"
        except BaseException:
            report = "failed\n" + traceback.format_exc()
        finally:
            os.write(writing, report.encode()[:60000])
            os._exit(0)
    os.close(writing)
    # A pipe holds the whole report. Its end may be a long time off: what the test left running
    # has it too.
    os.waitpid(child, 0)
    report = os.read(reading, 65536).decode(errors="replace")
    os.close(reading)
    return report


def _isolated(test):
    uid, gid = os.getuid(), os.getgid()
    flags = syscalls.CLONE_NEWNET | syscalls.CLONE_NEWNS
    try:
        syscalls.unshare(flags | (syscalls.CLONE_NEWUSER if uid else 0))
        if uid:
            for file, line in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1")):
                with open(f"/proc/self/{file}", "w", encoding="ascii") as out:
                    out.write(line)
            with open("/proc/self/gid_map", "w", encoding="ascii") as out:
                out.write(f"0 {gid} 1")
        syscalls.mount(None, "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    except PermissionError as error:
        return f"skip\nthis machine refuses user and network namespaces ({error})"
    test()
    return "passed"
