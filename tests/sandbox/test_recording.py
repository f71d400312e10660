"""What was done on the nodes is recorded, and can be done again."""

from __future__ import annotations

import json
import os
import resource
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from ipv6lab import sandbox
from ipv6lab.agent.journal import work
from ipv6lab.sandbox import Lab, kept_work
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message
from tests.sandbox.support import build_request, run, start, throwaway


def record(lab: Lab, node: str, *argv: str) -> int:
    channel = lab.open("exec", node=node, argv=list(argv), record=True)
    channel.end_input()
    return next(data["status"] for kind, data in channel if kind == "X")


class Typist:
    """Somebody at a node's interactive shell."""

    def __init__(self, lab: Lab, node: str) -> None:
        self.channel = lab.open(
            "exec", node=node, argv=["bash"], pty={"rows": 24, "cols": 200}, record=True
        )
        self._events = iter(self.channel)
        self._unread = ""
        self.wait("# ")

    def wait(self, text: str) -> str:
        """Read up to a text; what came with it, behind it, is read the next time."""
        while text not in self._unread:
            kind, data = next(self._events, ("", b""))
            assert kind, f"{text!r} never came, but: {self._unread!r}"
            if kind == "O":
                self._unread += data.decode(errors="replace")
        seen, text, self._unread = self._unread.partition(text)
        return seen + text

    def type(self, line: str, until: str = "# ") -> str:
        self.channel.send(line.encode() + b"\n")
        self.wait(line.splitlines()[0][:20])
        return self.wait(until)

    def leave(self) -> None:
        self.channel.send(b"exit\n")
        list(self._events)


def commands(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["command"] for entry in entries if entry["kind"] == "command"]


def test_commands_and_files_in_one_order(lab: Lab) -> None:
    record(lab, "a", "sh", "-c", "echo one > /etc/x")
    record(lab, "b", "hostname")
    run(lab, "a", "sh", "-c", "echo under an editor > /etc/x")
    record(lab, "a", "cat", "/etc/x")
    entries = work(lab.request("journal")["entries"])
    kinds = [(entry["kind"], entry["node"]) for entry in entries]
    assert kinds == [("command", "a"), ("command", "b"), ("files", "a"), ("command", "a")]
    assert entries[2]["files"][0]["path"] == "etc/x"


def test_only_the_trainees_nodes_are_recorded() -> None:
    with sandbox.throwaway() as lab:
        lab.request("build", **build_request(), trainee=["a"])
        record(lab, "a", "touch", "/etc/mine")
        record(lab, "b", "touch", "/etc/not-mine")
        typist = Typist(lab, "b")
        typist.type("touch /etc/typed")
        typist.leave()
        lab.request("reboot", node="b")
        entries = work(lab.request("journal")["entries"])
        told = [(entry["kind"], entry["node"]) for entry in entries]
        assert sorted(told) == [("command", "a"), ("files", "a"), ("reboot", "b")]


def test_what_programs_keep_for_themselves_is_no_work(lab: Lab) -> None:
    record(lab, "a", "sh", "-c", "mkdir -p /etc/bind /var/lib/nsd; echo x > /etc/bind/my.zone")
    record(lab, "a", "sh", "-c", "echo x > /etc/bind/my.zone.jnl; echo x > /etc/.my.zone.swp")
    record(lab, "a", "sh", "-c", "echo x > /var/lib/nsd/xfrd.state")
    entries = work(lab.request("journal")["entries"])
    files = [
        file["path"] for entry in entries if entry["kind"] == "files" for file in entry["files"]
    ]
    assert files == ["etc/bind/my.zone"]


def test_who_watches_is_told_when_something_was_done(lab: Lab) -> None:
    before = lab.request("changed", since=None)["done"]
    answers: list[int] = []
    waiting = threading.Thread(
        target=lambda: answers.append(lab.request("changed", since=before)["done"])
    )
    waiting.start()
    run(lab, "a", "true")  # what is not recorded does not count
    lab.request("mark", name="here")
    assert not answers
    record(lab, "a", "true")
    waiting.join(timeout=30)
    assert answers[0] > before
    assert lab.request("changed", since=None)["done"] == answers[0]


def test_what_comes_after_resumed_work_is_not_taken_for_part_of_it(lab: Lab) -> None:
    for name in ("one", "two", "three"):
        record(lab, "a", "touch", f"/etc/{name}")
    entries = lab.request("journal")["entries"]
    with throwaway() as fresh:
        fresh.request("replay", entries=entries, resume=True)
        record(fresh, "a", "sh", "-c", "exit 130")  # as if it had been interrupted
        recorded = fresh.request("journal")["entries"]
        numbers = [entry["seq"] for entry in recorded]
        assert len(set(numbers)) == len(numbers)
        assert commands(work(recorded)) == [
            f"touch /etc/{name}" for name in ("one", "two", "three")
        ]


def test_what_is_typed_into_a_shell(lab: Lab) -> None:
    typist = Typist(lab, "a")
    typist.type("cd /etc && X='hai ba'")
    typist.type('echo "$X" > typed')
    typist.type("false")
    typist.channel.send(b"sleep 100\n")
    typist.wait("sleep 100")
    while "sleep" not in run(lab, "a", "ps", "-o", "comm=", "-e").out:
        pass  # a Ctrl-C that comes before the command has begun ends nothing
    typist.channel.send(b"\x03")
    typist.wait("# ")
    typist.leave()
    entries = work(lab.request("journal")["entries"])
    assert commands(entries) == ["cd /etc && X='hai ba'", 'echo "$X" > typed', "false"]
    assert [e["cwd"] for e in entries if e["kind"] == "command"] == ["/root", "/etc", "/etc"]
    assert not any(e["running"] for e in entries if e["kind"] == "command")


def test_what_comes_by_a_programs_input_is_done_again(lab: Lab) -> None:
    def send(argv: list[str], given: bytes) -> None:
        channel = lab.open("exec", node="a", argv=argv, record=True)
        channel.send(given)
        channel.end_input()
        list(channel)

    send(["bash"], b"ip -6 address add 2001:db8::1/64 dev eth0\necho hai > /srv/two\n")
    send(["tee", "/srv/no-text"], b"\xff\0\xfe")
    send(["tee", "/srv/no-line-end"], b"ba")
    entries = lab.request("journal")["entries"]
    assert len([entry for entry in entries if entry["kind"] == "typed"]) == 2
    with throwaway() as fresh:
        fresh.request("replay", entries=entries)
        assert "2001:db8::1/64" in run(fresh, "a", "ip", "-6", "address").out
        assert run(fresh, "a", "cat", "/srv/two").out == "hai\n"
        length = run(fresh, "a", "stat", "-c", "%s", "/srv/no-text", "/srv/no-line-end")
        assert length.out == "3\n2\n"


def test_what_still_runs_is_marked(lab: Lab) -> None:
    typist = Typist(lab, "a")
    typist.channel.send(b"sleep 1000\n")
    typist.wait("sleep 1000")
    while not commands(work(lab.request("journal")["entries"])):
        pass
    entries = work(lab.request("journal")["entries"])
    assert [(e["command"], e["running"]) for e in entries] == [("sleep 1000", True)]


@pytest.mark.both_kernels
def test_a_replay_does_it_again_in_a_fresh_lab(lab: Lab) -> None:
    typist = Typist(lab, "a")
    typist.type("cd /srv; X=shared")
    typist.type("echo $X > before; ip -6 address add 2001:db8::1/64 dev eth0")
    typist.type("cat <<END > heredoc\nline one\nEND")
    typist.channel.send(b"tail -f /dev/null\n")
    typist.wait("tail -f")
    while len(commands(work(lab.request("journal")["entries"]))) < 4:
        pass
    run(lab, "b", "sh", "-c", "echo 'under an editor' > /etc/edited; chmod 600 /etc/edited")
    entries = lab.request("journal")["entries"]
    assert json.loads(json.dumps(entries)) == entries
    with throwaway() as fresh:
        done = fresh.request("replay", entries=entries)["commands"]
        assert [command["status"] for command in done] == [0, 0, 0, 0]
        assert run(fresh, "a", "cat", "/srv/before", "/srv/heredoc").out == "shared\nline one\n"
        assert "2001:db8::1/64" in run(fresh, "a", "ip", "-6", "address").out
        assert "tail -f" in run(fresh, "a", "ps", "-eo", "args=").out
        assert run(fresh, "b", "stat", "-c", "%a", "/etc/edited").out == "600\n"


def test_a_replay_cuts_what_does_not_end_or_floods(lab: Lab) -> None:
    common = {"kind": "command", "node": "a", "shell": 1, "cwd": "/"}
    entries = [
        {**common, "seq": 1, "command": "yes"},
        {"kind": "end", "seq": 2, "of": 1, "status": 0},
        {**common, "seq": 3, "command": "echo after > /etc/after"},
        {"kind": "end", "seq": 4, "of": 3, "status": 0},
    ]
    done = lab.request("replay", entries=entries)["commands"]
    assert [command["cut"] for command in done] == ["output", None]
    assert run(lab, "a", "cat", "/etc/after").out == "after\n"


def test_back_to_a_checkpoint_and_undo(lab: Lab) -> None:
    record(lab, "a", "touch", "/etc/one")
    lab.request("mark", name="after one")
    record(lab, "a", "touch", "/etc/two")
    record(lab, "a", "touch", "/etc/three")
    lab.request("back", name=None)
    assert run(lab, "a", "sh", "-c", "cd /etc; ls one two three").out == "one\ntwo\n"
    lab.request("back", name="after one")
    assert run(lab, "a", "sh", "-c", "cd /etc; ls one two three").out == "one\n"
    assert commands(work(lab.request("journal")["entries"])) == ["touch /etc/one"]
    with pytest.raises(LabError, match="no checkpoint other; there are after one"):
        lab.request("back", name="other")


def test_answers_are_recorded_undone_and_replayed(lab: Lab) -> None:
    assert lab.request("answer")["answers"] == {}
    lab.request("answer", answers={"state": "STALE", "groups": ["x", "y"]})
    lab.request("apply", files=[], commands=[], answers={"state": "DELAY"}, record=True)
    assert lab.request("answer")["answers"] == {"state": "DELAY", "groups": ["x", "y"]}
    entries = lab.request("journal")["entries"]
    lab.request("back", name=None)
    assert lab.request("answer")["answers"] == {"state": "STALE", "groups": ["x", "y"]}
    with throwaway() as fresh:
        fresh.request("replay", entries=entries)
        assert fresh.request("answer")["answers"] == {"state": "DELAY", "groups": ["x", "y"]}
    lab.request("answer", answers={"state": ""})
    assert lab.request("answer")["answers"] == {"groups": ["x", "y"]}
    lab.request("reset")
    assert lab.request("answer")["answers"] == {}


def test_the_recording_is_on_disk_whatever_happens_to_the_lab(tmp_path: Path) -> None:
    file = tmp_path / "work" / "journal.jsonl"
    lab = start()
    lab.control("keep", info={}, journal=str(file))
    record(lab, "a", "touch", "/etc/one")
    lab.request("journal")
    lab.close()
    sandbox.stop(5)
    entries = kept_work.read(file)
    assert commands(work(entries)) == ["touch /etc/one"]
    again = start()
    again.control("keep", info={}, journal=str(file))
    again.request("replay", entries=entries, resume=True)
    assert run(again, "a", "ls", "/etc/one").status == 0
    record(again, "a", "touch", "/etc/two")
    recorded = work(again.request("journal")["entries"])
    assert commands(recorded) == ["touch /etc/one", "touch /etc/two"]
    again.close()
    earlier = list(kept_work.recordings(file))[1]
    assert commands(work(kept_work.read(earlier))) == ["touch /etc/one"]


def test_what_finds_no_room_is_written_when_there_is_some(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    file = kept_work.JournalFile()
    file.open(path)
    there, full = file._fd, os.open("/dev/full", os.O_WRONLY)
    file._fd = full
    file.add({"seq": 1, "kind": "command", "node": "a", "command": "first"})
    with pytest.raises(LabError, match=r"could not be recorded in .*journal\.jsonl.*make room"):
        file.finish()
    file._fd = there
    file.add({"seq": 2, "kind": "command", "node": "a", "command": "second"})
    file.finish()
    assert [entry["command"] for entry in kept_work.read(path)] == ["first", "second"]
    os.close(full)


def test_a_recording_that_somebody_removes_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "journals" / "journal.jsonl"
    file = kept_work.JournalFile()
    file.open(path)
    file.add({"seq": 1, "kind": "command", "node": "a", "command": "first"})
    shutil.rmtree(path.parent)
    file.add({"seq": 2, "kind": "command", "node": "a", "command": "second"})
    assert [entry["command"] for entry in kept_work.read(path)] == ["first", "second"]
    shutil.rmtree(path.parent)
    file.finish()
    assert [entry["command"] for entry in kept_work.read(path)] == ["first", "second"]


def test_a_lab_whose_work_cannot_be_recorded_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    lab = start()
    with pytest.raises(LabError, match=r"^The lab cannot write to .*file"):
        lab.control("keep", info={}, journal=str(tmp_path / "file" / "journal.jsonl"))
    lab.close()
    sandbox.stop(5)  # if it has not ended yet
    assert sandbox.running() == []


def test_a_lab_ends_when_its_work_is_recorded_or_that_it_is_not_was_said(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    lab = start()
    keeper = lab.control("keep", info={"exercise": "TEST"}, journal=str(path))["info"]["keeper"]
    resource.prlimit(keeper, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    record(lab, "a", "true")
    told = lab.open("exec", node="a", argv=["true"], env={}, cwd=None, pty=None, record=True)
    told.end_input()
    (ended,) = (data for kind, data in told if kind == "X")
    assert ended["status"] == 0
    said = str(Message.from_json(ended["unrecorded"]))
    assert said.startswith(f"What you did last is not recorded yet, since {path} cannot be written")
    with pytest.raises(LabError, match=r"could not be recorded in .*ipv6lab save FOLDER"):
        sandbox.stop(5)
    assert commands(lab.request("journal")["entries"]) == ["true", "true"]  # it is all there
    assert kept_work.read(path) == []
    lab.close()
    assert sandbox.stop(5)


def test_what_there_is_room_for_after_a_refused_stop_is_written_by_the_next(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.jsonl"
    lab = start()
    keeper = lab.control("keep", info={"exercise": "TEST"}, journal=str(path))["info"]["keeper"]
    resource.prlimit(keeper, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    record(lab, "a", "true")
    with pytest.raises(LabError, match="could not be recorded"):
        sandbox.stop(5)
    endless = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(keeper, resource.RLIMIT_FSIZE, endless)
    lab.close()
    assert sandbox.stop(5)
    assert commands(work(kept_work.read(path))) == ["true"]
