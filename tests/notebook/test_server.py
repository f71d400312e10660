"""What JupyterLab is set up with; that it works in a browser is tested in one."""

from __future__ import annotations

import errno
import json
import socket
from pathlib import Path

import pytest

from ipv6lab import cli
from ipv6lab.course import content, progress
from ipv6lab.course.speech import Speech
from ipv6lab.notebook import jupyter, shelf, start_page
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError


@pytest.fixture(autouse=True)
def cache(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))


def test_without_jupyterlab_a_sentence_names_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(jupyter, "find_spec", lambda name: None if name == "jupyterlab" else 1)
    assert cli.main(["notebook"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ipv6lab: Notebooks need jupyterlab; install them with ")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_nothing_of_it_reads_a_users_own_jupyter_or_any_network(language: str) -> None:
    assert jupyter.prepare(language) == []
    environment = jupyter.environment(language, 9)
    own = str(jupyter.home())
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"):
        assert environment[name].startswith(own)
    assert environment["IPV6LAB_SEAT"] == "9"
    overrides = json.loads((jupyter.home() / "application/overrides.json").read_text("utf-8"))
    news = overrides["@jupyterlab/apputils-extension:notification"]
    assert news == {"fetchNews": "false", "checkForUpdates": False}
    translation = overrides.get("@jupyterlab/translation-extension:plugin")
    assert translation == ({"locale": "vi_VN"} if language == "vi" else None)
    words = jupyter.arguments(language, 8765, browser=False)
    assert "--ServerApp.ip=127.0.0.1" in words
    assert not any("token" in word or "password" in word for word in words)
    assert "--LabApp.custom_css=True" in words
    assert (jupyter.home() / "config" / "custom" / "custom.css").is_file()
    assert any(shelf.folder(language).glob("L04-slaac.ipynb"))


def test_the_page_to_start_from_has_ones_progress() -> None:
    course, english = content.find(), Speech("en")
    before = start_page.page(course, english)
    first = "[L01 · Reading, writing, planning addresses](L01-addresses.ipynb)"
    assert f"Go on with **{first}**." in before
    assert "## Day 1: foundation" in before
    checks = [{"id": "M5", "verdict": "passed"}]
    for exercise in ("L01", "L04"):
        result = {"exercise": exercise, "score": 100, "checks": checks}
        progress.record_result(directories.work(), {**result, "origin": "self-reported"})
    after = start_page.page(course, english, ["L04-slaac.new.ipynb"])
    assert "| ✔ | [L04 · SLAAC for the staff VLAN](L04-slaac.ipynb) | 35 | 100 |" in after
    assert "Go on with **[L02" in after
    assert "Your badges: Explorer." in after
    assert "[L04-slaac.new.ipynb](L04-slaac.new.ipynb)" in after
    assert "Ngày 1: nền tảng" in start_page.page(course, Speech("vi"))


def test_a_port_that_somebody_has_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LabError, match=f"Nothing can listen on port {port} here .*in use"):
            jupyter.check_port(port)
    jupyter.check_port(port)
    jupyter.check_port(0)
    jupyter.check_port(None)


def test_a_port_of_root_s_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: object, _address: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(LabError, match="Only root may listen on port 80: choose one above 1023"):
        jupyter.check_port(80)
