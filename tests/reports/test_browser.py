"""A real browser shows the page without a complaint and without asking for anything."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from ipv6lab.reports.report_files import write_report
from tests import chromium

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-logging=stderr",
    "--log-level=0",
]


def fenced() -> list[str]:
    """A command in front that leaves the browser no network at all."""
    fence = ["unshare", "--user", "--map-root-user", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*fence, "true"]).returncode:
        pytest.skip("a browser is only started where a network namespace can be made for it")
    return fence


def visit(page: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Show a page; the complaints on the console, and the addresses it asked for."""
    browser = chromium.program()
    log, shot = folder / "net.json", folder / "page.png"
    done = subprocess.run(
        [
            *fenced(),
            browser,
            *FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            f"--log-net-log={log}",
            f"--screenshot={shot}",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
    )
    assert shot.exists(), done.stderr
    return [line for line in done.stderr.splitlines() if ":CONSOLE" in line], asked_for(log)


def test_a_browser_shows_the_page(samples: ModuleType, tmp_path: Path) -> None:
    page = write_report(tmp_path / "report", samples.wrong(), samples.l04(), str, "en")
    assert visit(page, tmp_path) == ([], [])


def test_a_page_that_misbehaves_would_be_caught(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<!DOCTYPE html><script>console.error('no')</script><img src='http://192.0.2.1/x.png'>",
        encoding="utf-8",
    )
    complaints, asked = visit(page, tmp_path)
    assert complaints
    assert asked == ["http://192.0.2.1/x.png"]


def asked_for(log: Path) -> list[str]:
    """The addresses that a page asked for; what the browser itself wants has no such origin."""
    recorded = json.loads(log.read_text(encoding="utf-8"))
    return [
        event["params"]["url"]
        for event in recorded["events"]
        if str(event.get("params", {}).get("url", "")).startswith(("http", "ws", "ftp"))
        and event["params"].get("initiator", "not an origin") != "not an origin"
    ]
