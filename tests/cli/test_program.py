"""The program as a whole: start-up, exit statuses, defects."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from ipv6lab.cli import course_texts
from ipv6lab.cli.program import commands
from ipv6lab.cli.saying import Speech
from ipv6lab.course import content, languages
from ipv6lab.course.exercises import identifiers
from ipv6lab.course.place import Place
from ipv6lab.reports import cells
from ipv6lab.sandbox import kept_work
from tests.cli.conftest import Cli, program

COMMANDS = (
    "doctor list show start task status stop reset exec shell apply check grade hint uninstall "
    "image demo completion"
)
HEAVY = ("matplotlib", "scapy", "rich", "babel", "mininet", "numpy", "asyncio", "ipv6lab.sandbox")


def test_the_readme_names_every_command_and_no_other() -> None:
    root = Path(__file__).parents[2]
    known = {*commands(Speech("en")).parsers} - {"complete"}  # which shells type, and nobody else
    readme = (root / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`ipv6lab ([a-z0-9]+)", readme))
    assert known - named == set()
    for page in (root / "README.md", root / "CONTRIBUTING.md", *root.glob("docs/**/*.md")):
        text = page.read_text(encoding="utf-8")
        said = set(re.findall(r"(?:`|^)(?:\.venv/bin/)?ipv6lab ([a-z0-9]+)", text, re.MULTILINE))
        assert said - known == set(), page


@pytest.mark.parametrize("arguments", [["list"], ["--help"], ["--lang", "vi", "list"]])
def test_nothing_heavy_is_imported_for_what_must_be_quick(arguments: list[str]) -> None:
    program(*arguments)  # catalogues are compiled once
    code = (
        "import sys; from ipv6lab.cli import main; main(sys.argv[1:]);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


def test_list_takes_little_time() -> None:
    program("list")
    code = (
        "import os, sys; from ipv6lab.cli import main; main(['list']);"
        "used = os.times(); print(used.user + used.system, file=sys.stderr)"
    )

    def used() -> float:
        words = [sys.executable, "-c", code]
        return float(subprocess.run(words, capture_output=True, text=True, check=True).stderr)

    # Processor time, which a busy machine does not stretch; the best of a few.
    assert min(used() for _ in range(5)) < 0.15


def test_the_help_names_every_command_and_option(run: Cli) -> None:
    done = run("--help")
    assert done.status == 0
    listed = [line.split()[0] for line in done.out.splitlines() if line.startswith("  ")]
    for name in COMMANDS.split():
        assert name in listed
        assert run(name, "--help").out.startswith(f"usage: ipv6lab {name}")


def test_the_help_is_translated(run: Cli) -> None:
    assert run("--lang", "vi", "--help").out != run("--help").out


def test_list_as_json(run: Cli) -> None:
    listed = json.loads(run("list", "--json").out)
    found = {one["id"]: one for one in listed}["L04"]
    assert found == {
        "id": "L04",
        "title": "SLAAC for the staff VLAN",
        "group": "SLAAC & ND",
        "level": "basic",
        "minutes": 35,
        "score": None,
        "labs": ["day1", "leaders", "offices1", "self-study"],
    }
    assert [one["id"] for one in listed] == identifiers(content.find())


def test_show_as_json_has_the_addresses_of_the_seat(run: Cli) -> None:
    shown = json.loads(run("show", "l04", "--json", "--seat", "7").out)
    assert shown["seat"] == 7
    assert shown["plan"]["staff.prefix"] == "2001:db8:1007:110::/64"
    assert shown["network"]["links"]["staff"]["prefixes"][0] == "2001:db8:1007:110::/64"
    assert shown["nodes"] == ["hq-core", "pc1", "pc2"]


def test_show_as_text(run: Cli) -> None:
    done = run("show", "L04")
    assert done.status == 0
    for word in ("hq-core", "pc1", "app", "staff", "2001:db8:100:110::/64"):
        assert word in done.out


@pytest.mark.parametrize(
    ("name", "magic"), [("x.svg", b"<"), ("x.PNG", b"\x89PNG"), ("x.pdf", b"%PDF")]
)
def test_show_draws_a_picture(run: Cli, tmp_path: Path, name: str, magic: bytes) -> None:
    done = run("show", "L04", "--picture", str(tmp_path / name))
    assert done.status == 0, done
    assert (tmp_path / name).read_bytes().startswith(magic)


def test_task_is_rendered_with_the_addresses_of_the_seat(run: Cli) -> None:
    done = run("task", "L04", "--seat", "7")
    assert done.status == 0
    assert "2001:db8:1007:110::/64" in done.out
    assert "{{" not in done.out
    assert json.loads(run("task", "L04", "--seat", "7", "--json").out)["markdown"] == done.out
    assert run("task", "L04", "--lang", "vi").out != run("task", "L04").out


def test_status_names_what_a_lab_left_that_was_cut_off(
    run: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert run("status").err == ""
    left = kept_work.JournalFile()
    left.open(tmp_path / "ipv6lab" / "journals" / "L02-seat-0.jsonl")
    typed = {"node": "r1", "shell": 1, "cwd": "/root", "command": "touch /etc/kept.conf"}
    left.add({"seq": 1, "kind": "command", **typed})
    done = run("status")
    assert done.out == "No lab is running.\n"
    assert done.err == "The recorded work is kept: ipv6lab work lists it.\n"


def test_nothing_runs(run: Cli) -> None:
    assert run("status", "--json").out.strip() == "[]"
    assert run("status").out == "No lab is running.\n"
    assert run("stop").status == 0
    assert json.loads(run("stop", "--all", "--json").out) == {"stopped": []}


def test_a_defect_is_confessed_and_written_down(
    run: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def break_down(*_: object) -> int:
        raise ZeroDivisionError("broken on purpose")

    monkeypatch.setattr(course_texts, "list_exercises", break_down)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done = run("list")
    assert done.is_refused(70), done
    (written,) = (tmp_path / "ipv6lab").glob("defect-*.txt")
    assert str(written) in done.err
    assert "broken on purpose" in written.read_text()


def test_ctrl_c_ends_without_a_traceback(run: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(course_texts, "list_exercises", interrupt)
    done = run("list")
    assert (done.status, done.err.strip()) == (130, "")


def test_a_reader_that_leaves_is_no_error() -> None:
    words = [sys.executable, "-m", "ipv6lab", "task", "L04"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
        assert process.wait(timeout=30) == 141
    assert told == b""


def test_an_encoding_without_our_signs_is_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    done = program("list", "--lang", "vi")
    assert (done.status, done.err) == (0, "")


@pytest.mark.parametrize(
    "arguments", [["list"], ["--help"], ["show", "L04", "--json"], ["explain", "2001:db8::1"]]
)
def test_an_output_without_room_is_no_defect(arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        words = [sys.executable, "-m", "ipv6lab", *arguments]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "ipv6lab: What is said cannot be written (No space left on device); make room.\n"
    )


def test_what_is_closed_is_not_taken_by_what_is_opened_next() -> None:
    code = (
        "import os, sys; from ipv6lab.cli import main; status = main(['list']);"
        "kept = {os.readlink(f'/proc/self/fd/{number}') for number in range(3)};"
        "os._exit(status or kept != {'/dev/null'})"
    )
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", code]
    assert subprocess.run(closed, check=False).returncode == 0


def test_ctrl_c_while_it_is_loaded_says_nothing() -> None:
    """Imports are interrupted by the signal's own effect, not by an exception."""
    code = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "import ipv6lab.cli;"
        "sys.meta_path.insert(0, type('', (), {'find_spec': staticmethod("
        "lambda name, *more: os.kill(os.getpid(), signal.SIGINT))}));"
        "ipv6lab.cli.main(['list'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


def on_terminal(columns: int, *words: str) -> str:
    """What a command says on a terminal of so many columns, without colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 10, columns, 0, 0))
    settings = {**os.environ, "TERM": "xterm-256color", "PAGER": "cat"}
    settings.pop("COLUMNS", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "ipv6lab", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=settings,
    )
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):  # the other side of the terminal is closed
        while data := os.read(ours, 4096):
            said += data
    os.close(ours)
    process.wait(60)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.decode()).replace("\r", "")


@pytest.mark.parametrize("language", languages.LANGUAGES)
@pytest.mark.parametrize("columns", [80, 60])
@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "class --help",
        "list",
        "next",
        "timetable day1",
        "explain 64:ff9b::10.0.0.1",
        "explain dual stack",
        "solution L16",
        "work no-such-recording",
    ],
)
def test_no_terminal_breaks_a_word(command: str, columns: int, language: str) -> None:
    told = on_terminal(columns, "--lang", language, *command.split())
    assert told.strip()
    for line in told.splitlines():
        # A word that is longer than the terminal is nobody's to break.
        assert cells.width(line) <= columns or len(line.split()) == 1, line


def test_what_is_no_terminal_gets_whole_lines() -> None:
    assert max(map(len, program("solution", "L16").err.splitlines())) > 100


@pytest.mark.parametrize("columns", [80, 60])
def test_a_task_goes_page_by_page_and_breaks_no_word(columns: int) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 10, columns, 0, 0))
    settings = {**os.environ, "PAGER": "sed s/^/PAGED:/", "TERM": "xterm-256color"}
    settings.pop("NO_COLOR", None)
    settings.pop("COLUMNS", None)
    words = [sys.executable, "-m", "ipv6lab", "task", "L04"]
    process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=settings)
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):  # the other side of the terminal is closed
        while data := os.read(ours, 4096):
            said += data
    os.close(ours)
    assert process.wait(60) == 0
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.decode()).splitlines()
    assert len(lines) > 20
    assert all(line.startswith("PAGED:") for line in lines)
    assert max(len(line.removeprefix("PAGED:").rstrip()) for line in lines) <= columns
    known = set(Place.of("L04", None).task(str).replace("`", " ").replace("*", " ").split())
    prose = [line for line in lines if " is the layer 3 switch " in line or "application" in line]
    assert prose
    for line in prose:
        shown = line.removeprefix("PAGED:").replace("•", " ").split()
        assert [word for word in shown if word not in known and word.isalpha()] == []
