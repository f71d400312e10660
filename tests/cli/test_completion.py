"""What Tab offers, and that the shells take the scripts."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.cli.conftest import Cli


def offered(run: Cli, *words: str) -> list[str]:
    return run("complete", "--", *words).out.split()


def test_commands(run: Cli) -> None:
    assert offered(run, "st") == ["start", "status", "stop"]
    assert "list" in offered(run, "")
    assert "complete" not in offered(run, "")


def test_exercises_options_and_choices(run: Cli) -> None:
    assert "L04" in offered(run, "start", "")
    assert offered(run, "start", "--for") == ["--force"]
    assert offered(run, "start", "L04", "--kernel", "") == ["auto", "host", "lab"]
    assert offered(run, "image", "") == ["build", "verify", "pack", "install"]
    assert offered(run, "list", "--lang", "") == ["en", "vi"]


def test_where_a_file_stands_nothing_is_offered(run: Cli) -> None:
    assert offered(run, "grade", "L04", "") == []
    assert offered(run, "exec", "pc1", "--", "") == []
    assert offered(run, "nonsense", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_are_scripts(run: Cli, shell: str) -> None:
    script = run("completion", shell).out
    assert "ipv6lab complete --" in script
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed here, so its script was not parsed")
    subprocess.run([path, "-n"], input=script, text=True, check=True)


def test_bash_completes(run: Cli) -> None:
    script = run("completion", "bash").out
    stub = 'ipv6lab() { [ "$1 $2 $3 $4" = "complete -- start L" ] && printf "L04\\n"; }\n'
    call = "COMP_WORDS=(ipv6lab start L); COMP_CWORD=2; _ipv6lab; echo ${COMPREPLY[@]}\n"
    done = subprocess.run(
        ["bash", "-c", stub + script + call], capture_output=True, text=True, check=True
    )
    assert done.stdout == "L04\n"
