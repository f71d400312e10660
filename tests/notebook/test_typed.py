"""What is typed in cells as in a terminal: what is said of it, without a kernel."""

from __future__ import annotations

import pytest

from ipv6lab.course import content, exercises
from ipv6lab.course.place import Place
from ipv6lab.notebook.cell_speech import Speech, in_cells
from ipv6lab.notebook.typed import ends_with_its_cell, wants_terminal


@pytest.mark.parametrize(
    ("script", "program", "file"),
    [
        ("vim /etc/radvd.conf", "vim", "/etc/radvd.conf"),
        ("ls\nsudo nano +3 /etc/hosts", "nano", "/etc/hosts"),
        ("cd /etc && vi hosts", "vi", "/etc/…"),
        ("EDITOR=x /usr/bin/nano", "nano", "/etc/…"),
        ("if true; then view /a; fi", "view", "/a"),
        ("systemctl edit radvd", "systemctl edit", "/etc/…"),
        ("top", "top", None),
        ("mtr app", "mtr", None),
        ("watch ip -6 route", "watch", None),
    ],
)
def test_what_wants_a_terminal_is_known(script: str, program: str, file: str | None) -> None:
    assert wants_terminal(script) == (program, file)


@pytest.mark.parametrize(
    "script",
    [
        "echo vim",
        "cat > /etc/x <<EOF\nnano\nvim /etc/y\nEOF\nls",
        "cat <<'END' | tee x\nvim\nEND",
        "echo 'a\nvim b\nc'",
        "# vim /etc/x\nls",
        "top -b -n 1",
        "vim -es -c '%s/a/b/' -c wq /etc/x",
        "mtr -r app",
        "which nano",
        "cat <<< vim",
        "",
    ],
)
def test_what_needs_none_is_let_through(script: str) -> None:
    assert wants_terminal(script) is None


@pytest.mark.parametrize(
    ("script", "ends"),
    [
        ("cd /etc", True),
        ("export A=1", True),
        ("A=1", True),
        ("ls\ncd /tmp", True),
        ("ping app &", True),
        ("tcpdump -i eth0 & sleep 1; ls", True),
        ("tcpdump -i eth0 &\nping -c 1 app\nwait", False),
        ("sleep 9 & kill %1", False),
        ("cd /etc\nls", False),
        ("A=1 env", False),
        ("(cd /etc)", False),
        ("ls > /dev/null 2>&1", False),
        ("ls && echo yes", False),
        ("cat <<E\ncd x\nE", False),
        ("", False),
    ],
)
def test_what_ends_with_its_cell(script: str, ends: bool) -> None:
    assert ends_with_its_cell(script) is ends


def test_commands_are_said_as_magics() -> None:
    said = {
        "ipv6lab shell pc1     # a remark": "%terminal pc1     # a remark",
        "ipv6lab exec pc1 -- ip -6 route": "%host pc1 ip -6 route",
        "`ipv6lab reset` and `ipv6lab reboot pc1`": "`%lab reset` and `%lab reboot pc1`",
        "ipv6lab apply FOLDER": 'lab.apply("FOLDER")',
        "ipv6lab audit www.example.net --node nms": "!ipv6lab audit www.example.net --node nms",
        "ipv6lab exec www -- cat FILE > file.log": "!ipv6lab exec www -- cat FILE > file.log",
        "ipv6lab exec www -- ls > /dev/null": "%host www ls > /dev/null",
        "ipv6lab answer kind-1 link-local": "%answer kind-1 link-local",
        "ipv6lab doctor says why; /usr/bin/ipv6lab check": (
            "ipv6lab doctor says why; /usr/bin/ipv6lab check"
        ),
    }
    assert {text: in_cells(text) for text in said} == said


@pytest.mark.parametrize("language", ["en", "vi"])
def test_no_task_hint_or_question_speaks_of_commands_in_a_notebook(language: str) -> None:
    for exercise in exercises.load_all(content.find()):
        said = Speech(language, exercise.folder)
        place = Place.of(exercise.id, 5)
        texts = [in_cells(place.task(said)), *place.questions(said).values()]
        texts += [said(hint.text) for ladder in exercise.hints.values() for hint in ladder]
        for text in texts:
            assert "ipv6lab" not in text.replace("!ipv6lab ", ""), f"{exercise.id}: {text}"
