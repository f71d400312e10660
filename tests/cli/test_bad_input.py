"""Bad input: one sentence that says what, where and what to do; never a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipv6lab import kernel
from ipv6lab.words.errors import Unsupported
from tests.backends import require_image
from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lst"], "There is no command lst; did you mean list?"),
        (["xyzzy"], "There is no command xyzzy; ipv6lab --help shows those there are."),
        (["show", "L4"], "There is no exercise L4; did you mean L04"),
        (["show", "Q"], "There is no exercise Q; `ipv6lab list` shows those there are."),
        (["show"], "show needs EXERCISE; ipv6lab show --help shows how."),
        (["show", "L04", "--seat", "x"], "There is no seat x"),
        (["show", "L04", "--seat", "4096"], "There is no seat 4096"),
        (["list", "--foo"], "list does not know --foo; ipv6lab list --help"),
        (["list", "--", "foo"], "list does not know foo; ipv6lab list --help"),
        (["show", "L04", "--picture", "x.txt"], "x.txt names no kind of picture"),
        (["show", "L04", "--picture", "/nowhere/x.svg"], "/nowhere/x.svg cannot be written"),
        (["grade", "L04"], "grade needs FOLDER; ipv6lab grade --help shows how."),
        (["grade", "L04", "x", "--jobs", "many"], "'many' is nothing for --jobs"),
        (["grade", "L04", "x", "--jobs"], "--jobs needs a value"),
        (["grade", "L04", "x", "--jobs", "0"], "--jobs takes a number from 1 on."),
        (["start", "L04", "--kernel", "new"], "'new' is nothing for --kernel; choose one of"),
        (["image", "burn"], "'burn' is nothing for"),
        (["completion", "tcsh"], "'tcsh' is nothing for"),
        (["exec", "pc1"], "Say what to run on pc1: ipv6lab exec pc1 -- COMMAND…"),
        (["exec", "pc1", "--", "ls"], "No lab runs; start one with ipv6lab start."),
        (["shell", "pc1", "--seat", "7"], "No lab runs on seat 7; start one with ipv6lab start."),
        (["check"], "No lab runs; start one with ipv6lab start."),
        (["hint", "M1"], "No lab runs; start one with ipv6lab start."),
        (["explain", "ra", "staff"], "No lab runs; start one with ipv6lab start."),
        (["task"], "No lab runs; start one with ipv6lab start."),
        (["checkpoint", ""], "A moment needs a name: ipv6lab checkpoint NAME."),
        (["checkpoint", "  "], "A moment needs a name: ipv6lab checkpoint NAME."),
        (["back", ""], "A moment needs a name: ipv6lab back NAME."),
        (["notebook", "--port", "99999"], "99999 is no TCP port; ports go from 1 to 65535."),
        (["notebook", "--port", "-1"], "-1 is no TCP port; ports go from 1 to 65535."),
        (["reset"], "No lab runs; start one with ipv6lab start."),
        (["apply", "x"], "No lab runs; start one with ipv6lab start."),
        (["--lang", "fr", "list"], "There is no language fr; choose one of en, vi."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_is_refused_with_a_sentence(run: Cli, arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.is_refused(), done
    assert said in done.err


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("missing", "There is no folder"),
        ("too long", "File name too long"),
        ("shut", "Permission denied"),
        ("junk", "journal.jsonl is not UTF-8 text."),
    ],
)
def test_a_folder_that_is_none_is_not_graded(
    run: Cli, tmp_path: Path, kind: str, said: str
) -> None:
    require_image()
    folder = tmp_path / ("x" * 300 if kind == "too long" else "work")
    if kind in ("shut", "junk"):
        folder.mkdir()
        (folder / "journal.jsonl").write_bytes(b"\xff" * 100)
    if kind == "shut":
        if os.getuid() == 0:
            pytest.skip("nothing is shut to root")
        folder.chmod(0)
    done = run("grade", "L04", str(folder), "--kernel", "host")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("Not graded: ")
    assert said in done.err


def test_speaks_the_language_asked_for(run: Cli) -> None:
    english, vietnamese = run("show", "L4"), run("--lang", "vi", "show", "L4")
    assert vietnamese.is_refused()
    assert vietnamese.err != english.err
    assert run("show", "L4", "--lang=vi") == vietnamese


def test_takes_the_language_of_the_locale(run: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = run("show", "L4", "--lang", "vi")
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    assert run("show", "L4") == asked


def test_the_lab_kernel_is_said_to_be_missing(run: Cli) -> None:
    try:
        kernel.find()
    except Unsupported:
        done = run("start", "L04", "--kernel", "lab")
        assert done.is_refused(3)
        assert "ipv6lab kernel build" in done.err
    else:
        pytest.skip("the lab kernel is on this machine, so it is not missing")


def test_a_kernel_is_installed_from_a_file_and_only_installed(run: Cli) -> None:
    for words in (["install"], ["build", "a-file"], ["verify", "a-file"]):
        done = run("kernel", *words)
        assert done.is_refused(2), done


def test_a_damaged_image_is_said_to_be_damaged(
    run: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    monkeypatch.setenv("IPV6LAB_IMAGE", str(tmp_path))
    for command in (["start", "L04"], ["grade", "L04", "x"], ["image", "verify"]):
        done = run(*command)
        if command[0] == "image":  # it names what is damaged, a line each
            assert (done.status, done.out) == (3, ""), done
        else:
            assert done.is_refused(3), done
        assert "damaged" in done.err
        assert "ipv6lab image build" in done.err


def test_a_missing_image_is_said_to_be_missing(
    run: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPV6LAB_IMAGE", str(tmp_path / "none"))
    done = run("start", "L04")
    assert done.is_refused(3), done


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["show", "L04", "--json", "--seat", "--", "-h", "exec", "pc1", "grade"]
            ),
            st.text(max_size=8).filter(lambda text: "\0" not in text),
        ),
        max_size=5,
    ).filter(lambda words: not {"uninstall", "start", "image", "demo", "doctor"} & set(words))
)
def test_no_command_line_is_a_defect(run: Cli, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.status in (0, 2), (arguments, done)
    assert "Traceback" not in done.err
