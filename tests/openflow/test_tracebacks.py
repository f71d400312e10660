"""What an application raises is told from its own first line on."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ipv6lab.openflow import tracebacks


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages with one that calls back."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "dispatching.py").write_text(
        "def dispatch(handler):\n    handler()\n\ndef fail():\n    raise KeyError('port')\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    return folder


def application(tmp_path: Path, text: str) -> ModuleType:
    file = tmp_path / "switch.py"
    file.write_text(text)
    module = ModuleType("switch")
    exec(compile(text, str(file), "exec"), vars(module))
    return module


def raised(library: Path, module: ModuleType) -> BaseException:
    sys.modules.pop("dispatching", None)
    import dispatching  # type: ignore[import-not-found]

    with pytest.raises(KeyError) as error:
        dispatching.dispatch(module.handler)
    # Without this test's own frame, which is no library's.
    frames = error.value.__traceback__
    assert frames is not None
    return error.value.with_traceback(frames.tb_next)


def test_hers_comes_first_and_what_she_called_stays(library: Path, tmp_path: Path) -> None:
    module = application(
        tmp_path, "import dispatching\n\n\ndef handler():\n    dispatching.fail()\n"
    )
    lines = tracebacks.told(raised(library, module)).splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == f'  File "{tmp_path}/switch.py", line 5, in handler'
    assert "in dispatch" not in "\n".join(lines)
    assert any(line.endswith("line 5, in fail") for line in lines)
    assert lines[-1] == "KeyError: 'port'"


def test_a_slip_of_syntax_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(SyntaxError) as error:
        application(tmp_path, "import os\ndef handler(:\n")
    text = tracebacks.told(error.value.with_traceback(None))
    assert text.startswith(f'  File "{tmp_path}/switch.py", line 2')


def test_lines_of_the_log_are_as_ryu_writes_them(library: Path, tmp_path: Path) -> None:
    formatter = tracebacks.Formatter()
    module = application(tmp_path, "def handler():\n    {}['port']\n")
    error = raised(library, module)
    plain = logging.LogRecord("x", logging.INFO, "", 1, "packet in %s", (7,), None)
    assert formatter.format(plain) == "packet in 7"
    text = "%s: failed. Backtrace from offending handler [%s] follows."
    exc_info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "", 1, text, ("S", "h"), exc_info)
    said = formatter.format(record).splitlines()
    assert said[0] == "S: failed."
    assert said[2] == f'  File "{tmp_path}/switch.py", line 2, in handler'
