"""Recorded work stays, whatever operation fails and whatever the disk does to it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ipv6lab.agent.journal import Journal
from ipv6lab.course import progress, recorded
from ipv6lab.nodes.changes import PORTION, Changes
from ipv6lab.nodes.init import put_file
from ipv6lab.sandbox import kept_work
from ipv6lab.words.errors import LabError
from tests import loops
from tests.keeping import nth

FAULTS = (OSError, MemoryError, KeyboardInterrupt, LabError)


def command(seq: int, text: str) -> dict[str, Any]:
    entry = {"node": "r1", "shell": seq, "cwd": "/root", "command": text}
    return {"seq": seq, "kind": "command", **entry}


def recorded_in(path: Path) -> list[str]:
    """The commands of all recordings that there are, the last one first."""
    return [
        entry["command"]
        for file in kept_work.recordings(path)
        for entry in kept_work.examine(file).entries
        if entry["kind"] == "command"
    ]


def test_a_recording_survives_the_failure_of_every_operation(tmp_path: Path) -> None:
    for number, fault in enumerate(nth.every()):
        path = tmp_path / str(number) / "L01-seat-0.jsonl"
        earlier = kept_work.JournalFile()
        earlier.open(path)
        earlier.add(command(1, "earlier"))
        file = kept_work.JournalFile()
        opened = False
        with contextlib.suppress(*FAULTS), fault():
            file.open(path)
            opened = True
            file.add(command(1, "one"))
        if opened:  # what came while there was no room is written with what comes next
            if not file._waiting and "one" not in recorded_in(path):
                file.add(command(1, "one"))
            file.add(command(2, "two"))
            file.finish()
            assert recorded_in(path) == ["one", "two", "earlier"], number
        assert "earlier" in recorded_in(path), number


def test_of_a_recording_with_a_flipped_bit_all_but_one_line_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "L01-seat-0.jsonl"
    file = kept_work.JournalFile()
    file.open(path)
    texts = ["echo é", "first", "nano /etc/radvd.conf", "last"]
    for seq, text in enumerate(texts, start=1):
        file.add(command(seq, text))
    whole = path.read_bytes()
    for bit in range(0, 8 * len(whole), 3):
        spoilt = bytearray(whole)
        spoilt[bit // 8] ^= 1 << bit % 8
        path.write_bytes(spoilt)
        found = kept_work.examine(path)
        kept = [entry["command"] for entry in found.entries]
        assert set(kept) <= set(texts), bit
        assert found.damaged or kept in (texts, texts[:-1]), bit
        assert len(kept) >= 2, bit  # an end of a line takes two with it
        assert recorded.whole(found.entries) == found.entries, bit


def test_a_recording_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "L01-seat-0.jsonl"
    path.write_text('{"seq": 1, "kind": "mark", "name": "a"}\n["no entry"]\n{"kind": "mark"}\n')
    found = kept_work.examine(path)
    assert [entry["name"] for entry in found.entries] == ["a"]
    assert found.damaged == [2, 3]


def test_what_is_undone_or_resumed_is_so_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "L01-seat-0.jsonl"
    told: list[dict[str, Any]] = []
    work = Journal(told.append)
    for text in ("one", "two", "three"):
        work.add({"kind": "command", "node": "r1", "shell": 1, "cwd": "/", "command": text})
    work.go_back(work.before(None))
    work.add({"kind": "command", "node": "r1", "shell": 1, "cwd": "/", "command": "four"})
    fresh = Journal(told.append)
    fresh.add({"kind": "reset", "node": None})
    fresh.entries.clear()
    fresh.restore(work.entries)
    states = []
    for count in range(len(told) + 1):
        path.write_bytes(b"".join(map(kept_work.line_of, told[:count])))
        entries = kept_work.read(path)
        states.append([entry["command"] for entry in entries])
    grown = [[], ["one"], ["one", "two"], ["one", "two", "three"]]
    undone = [["one", "two"], ["one", "two", "four"]]
    # The reset begins anew; then nothing shows until all of it is there.
    assert states == [*grown, *undone, *[[]] * 5, ["one", "two", "four"]]


def test_a_journal_holds_what_it_told_and_nothing_else() -> None:
    for fail_at in range(1, 8):
        told: list[dict[str, Any]] = []
        count = 0

        def tell(entry: dict[str, Any], fail_at: int = fail_at, told: Any = told) -> None:
            nonlocal count
            count += 1
            if count == fail_at:
                raise MemoryError
            told.append(entry)

        node = FakeNode()
        work = Journal(tell)

        async def day(work: Journal = work, node: Any = node) -> None:
            for text in ("one", "two", "three"):
                with contextlib.suppress(MemoryError):
                    await work.begin(node, 1, "/root", text)

        loops.run(day())
        assert work.entries == told
        paths = [file["path"] for entry in told for file in entry.get("files", ())]
        # A change whose telling failed is told the next time, each exactly once.
        assert paths == sorted(set(paths))
        assert len(paths) >= 4, fail_at


class FakeNode:
    """Two portions of changes whenever it is asked, as long as they are not taken up."""

    class space:
        name = "r1"

    def __init__(self) -> None:
        self.number, self.taken = 0, 0

    async def changes(self) -> dict[str, Any]:
        await asyncio.sleep(0)
        files = [{"path": f"etc/{self.taken + 1}", "content": None}]
        return {"files": files, "portion": self.taken + 1, "more": self.taken % 2 == 0}

    def take_up(self, portion: int) -> None:
        self.taken = portion


def take_all(changes: Changes, taken: int = 0) -> tuple[list[dict[str, Any]], int]:
    files, more = [], True
    while more:
        found = changes.take(taken)
        files += found["files"]
        taken, more = found["portion"], found["more"]
    return files, taken


def test_changes_are_told_until_they_are_taken_up(tmp_path: Path) -> None:
    for number, fault in enumerate(nth.every()):
        folder = tmp_path / str(number)
        folder.mkdir()
        changes = Changes(os.open(folder, os.O_RDONLY))
        changes.forget()
        for name in ("a", "b"):
            (folder / name).write_bytes(b"1")
        taken = 0
        with contextlib.suppress(*FAULTS), fault():
            changes.take(0)  # and its answer is lost
        files, taken = take_all(changes, taken)
        assert [file["path"] for file in files] == ["a", "b"], number
        assert take_all(changes, taken)[0] == []
        os.close(changes._written)


def test_changes_come_in_portions_and_removals_first(tmp_path: Path) -> None:
    changes = Changes(os.open(tmp_path, os.O_RDONLY))
    odd = os.fsdecode(b"latin-\xe9")
    for number in range(12):
        (tmp_path / f"{odd}{number:02}").write_bytes(os.urandom(1_000_000))
    first = changes.take(0)
    assert first["more"]
    assert sum(len(file["content"]) for file in first["files"]) < PORTION + 1_400_000
    files, taken = take_all(changes, first["portion"])
    assert len(first["files"]) + len(files) == 12
    (tmp_path / f"{odd}00").unlink()
    (tmp_path / f"{odd}00").mkdir()
    (tmp_path / f"{odd}00" / "inside").write_bytes(b"x")
    files, taken = take_all(changes, taken)
    assert [file["path"] for file in files] == [f"{odd}00", f"{odd}00/inside"]
    os.close(changes._written)


def test_a_deep_tree_is_no_work(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    top = here
    for _level in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        if here != top:
            os.close(here)
        here = below
    os.close(here)
    assert Changes(top).take(0)["files"] == []
    os.close(top)
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)  # which Python cannot


@pytest.mark.parametrize(
    "there",
    [lambda path: os.mkfifo(path), lambda path: path.mkdir() or (path / "in").touch()],
    ids=["pipe", "folder"],
)
def test_a_file_is_not_laid_through_what_is_none(
    tmp_path: Path, there: Callable[[Path], Any]
) -> None:
    there(tmp_path / "file")
    content = base64.b64encode(b"x").decode()
    with pytest.raises(OSError, match=r"plain file|directory|device"):
        put_file({"path": str(tmp_path / "file"), "content": content})


def test_saved_work_is_whole_or_not_there(tmp_path: Path) -> None:
    content = base64.b64encode(b"text").decode()
    file = {"path": os.fsdecode(b"etc/latin-\xe9"), "mode": 0o644, "owner": [0, 0]}
    entries = [
        command(1, os.fsdecode(b"echo \xe9")),
        {"seq": 2, "kind": "files", "node": "r1", "files": [{**file, "content": content}]},
    ]
    for number, fault in enumerate(nth.every()):
        folder = tmp_path / str(number) / "work"
        with contextlib.suppress(*FAULTS), fault():
            recorded.save(folder, entries, 3)
        if folder.exists():
            assert recorded.read(folder, ["r1"], ["r1"]).entries == entries, number
        else:
            recorded.save(folder, entries, 3)
        assert recorded.read(folder, ["r1"], ["r1"]).entries == entries, number


def test_results_stay(tmp_path: Path) -> None:
    def result(exercise: str) -> dict[str, Any]:
        return {"exercise": exercise, "score": 80, "checks": []}

    for number, fault in enumerate(nth.every()):
        place = tmp_path / str(number)
        progress.record_result(place, result("L01"))
        with contextlib.suppress(*FAULTS), fault():
            progress.record_result(place, result("L02"))
        assert progress.read(place)["L01"].score == 80, number
