"""The fork server's own promises: what importing remembers, how copies end, who is refused."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jupyterhub")


from ipv6lab.classroom.forking.becoming import nobodys
from ipv6lab.classroom.forking.copies import GONE, Copy

# In a process of its own: home, user, folders and secrets with names that are found again.
AUDIT = """
import json, os, sys, types
from ipv6lab.classroom.forking import nursery, warming
os.chdir("/")
missing = warming.warm()
MARKS = [f"audit-{one}" for one in ("home", "user", "run", "secret")] + ["/nonexist" + "ent"]
def hit(value):
    if isinstance(value, bytes):
        value = value.decode("latin1")
    elif isinstance(value, os.PathLike):
        value = str(value)
    return isinstance(value, str) and any(mark in value for mark in MARKS)
seen, found = set(), []
def look(where, value, depth):
    if hit(value):
        found.append(f"{where} = {str(value)[:200]}")
        return
    if depth == 0 or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, (list, tuple, set, frozenset)):
        parts = list(enumerate(list(value)[:300]))
    elif isinstance(value, types.FunctionType):
        parts = [("defaults", value.__defaults__), ("kwdefaults", value.__kwdefaults__)]
        for cell in value.__closure__ or ():
            try:
                parts.append(("cell", cell.cell_contents))
            except ValueError:
                pass
    elif hasattr(value, "__dict__") and not isinstance(value, types.ModuleType):
        parts = list(vars(value).items())
    else:
        return
    for name, one in parts:
        look(f"{where}.{name}", one, depth - 1)
for name, module in list(sys.modules.items()):
    if module is not None and name not in ("os", "posix", "__main__", "__mp_main__"):
        for key, value in list(getattr(module, "__dict__", {}).items()):
            look(f"{name}.{key}", value, 4)
nursery.freeze()  # one thread
print(json.dumps({"missing": missing, "found": found, "modules": sorted(sys.modules)}))
"""
# What remembers a home that is nobody's, and is said anew for each copy (`server.said_anew`,
# `becoming.begin`).
KNOWN = (
    *("user_settings_dir", "workspaces_dir", "matplotlib", "sysconfig"),
    *("send2trash", "site.", "environ"),
)


def test_importing_remembers_nothing_that_is_not_said_anew(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/audit-home",
        "USER": "audit-user",
        "LOGNAME": "audit-user",
        "XDG_RUNTIME_DIR": "/audit-run",
        "AUDIT_TOKEN": "audit-secret",
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
    }
    script = tmp_path / "check.py"
    script.write_text(AUDIT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        env=nobodys(environment),
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["missing"] == []
    strange = [
        one
        for one in told["found"]
        if "audit-" in one or not any(name in one.partition(" = ")[0] for name in KNOWN)
    ]
    assert not strange, "\n".join(strange)
    assert "ipykernel.kernelapp" in told["modules"]
    assert "lark" not in told["modules"]  # what compiles the grammar


NURSERY = """
import json, os, socket, sys, time
from ipv6lab.classroom.forking import nursery
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1] + ".new")
listener.listen(8)
os.rename(sys.argv[1] + ".new", sys.argv[1])  # who finds it may connect
def run(connection):
    asked = nursery.request(connection)
    if asked.get("sleep"):
        time.sleep(asked["sleep"])
    if "exit" in asked:
        sys.exit(asked["exit"])
    if asked.get("raise"):
        raise RuntimeError("as asked")
nursery.freeze()
nursery.serve(listener, lambda: listener.accept()[0], run)
"""


class Nursery:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "n.sock"
        self.process = subprocess.Popen(
            [sys.executable, "-c", NURSERY, str(self.path)], stderr=subprocess.DEVNULL
        )
        for _number in range(200):
            if self.path.exists():
                break
            time.sleep(0.05)

    def copy(self, **asked: Any) -> Copy:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.path))
        return Copy(connection, asked)


@pytest.fixture
def nursery(tmp_path: Path) -> Any:
    made = Nursery(tmp_path)
    yield made
    made.process.kill()
    made.process.wait()


def _ended(copy: Copy, seconds: float = 20.0) -> int | None:
    end = time.monotonic() + seconds
    while copy.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    return copy.returncode


def test_a_copy_is_like_a_program(nursery: Nursery) -> None:
    running = nursery.copy(sleep=60)
    assert running.poll() is None
    assert Path(f"/proc/{running.pid}").exists()
    assert _ended(nursery.copy()) == 0
    assert _ended(nursery.copy(exit=7)) == 7
    assert _ended(nursery.copy(exit="text")) == 1
    assert _ended(nursery.copy(**{"raise": True})) == 1
    running.send_signal(signal.SIGTERM)
    assert _ended(running) == -signal.SIGTERM
    assert not Path(f"/proc/{running.pid}").exists()  # reaped
    many = [nursery.copy(exit=number) for number in range(20)]
    assert [_ended(one) for one in many] == list(range(20))


def test_what_is_no_request_ends_alone(nursery: Nursery) -> None:
    for data in (b"", b"no json", b"[1]", b"{" * 100_000, b"x" * (2 << 20)):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(nursery.path))

        def send(connection: socket.socket = connection, data: bytes = data) -> None:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        thread = threading.Thread(target=send)
        thread.start()
        thread.join(20)
        connection.close()
    assert _ended(nursery.copy(exit=3)) == 3


def test_a_copy_outlives_its_nursery_and_its_end_is_noticed(nursery: Nursery) -> None:
    running = nursery.copy(sleep=60)
    nursery.process.kill()
    nursery.process.wait()
    time.sleep(0.3)
    assert running.poll() is None
    running.kill()
    assert _ended(running) == GONE
    with pytest.raises(OSError, match=r".*"):
        nursery.copy()


def test_a_process_with_a_second_thread_is_not_copied() -> None:
    script = textwrap.dedent(
        """
        import threading, time
        from ipv6lab.classroom.forking import nursery
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
        nursery.freeze()
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "one thread" in done.stderr
