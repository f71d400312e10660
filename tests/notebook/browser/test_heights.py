"""How much room a result takes in a notebook, laid out by a real browser; no lab runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipv6lab.course import hints
from ipv6lab.notebook.session import Session
from ipv6lab.notebook.views.checks import ChecksView
from ipv6lab.words.message import Message
from tests.notebook.browser.desk import Desk

MOST = 2000  # pixels
WIDTHS = (700, 900, 1100)  # of a cell's output beside a side bar, without one, on a wide screen
BODY = "<body style='margin: 0'>{view}</body>"
HEIGHT = "() => document.querySelector('.ipv6lab').getBoundingClientRect().height"
# L04's checks where nothing has been done: who waits for whom, and what is said.
START = {
    "M1": ("failed", None, "No Router Advertisement is heard on staff."),
    "M2": ("failed", None, "A new host on staff asked for a router, and nobody answered in time."),
    "N1": (
        "blocked",
        "M2",
        "The same question gets no answer on staff, so silence proves nothing.",
    ),
    "M3": ("failed", None, "pc1 hears no Router Advertisement."),
    "M5": ("blocked", "M3", "This cannot be judged before M3 passes."),
    "M6": ("blocked", "M3", "This cannot be judged before M3 passes."),
    "N2": ("blocked", "M3", "pc1 has built no address yet, so there is none to tell from one."),
    "M4": ("failed", None, "pc1 hears no Router Advertisement."),
    "M7": ("failed", None, "No Router Advertisement is heard on staff."),
    "N3": ("passed", None, ""),
    "S1": ("passed", None, ""),
}


def result() -> dict[str, Any]:
    fact = {"where": "staff", "what": "Nothing is heard.", "packets": [], "facts": {}}
    checks = [
        {
            "id": name,
            "kind": {"M": "must", "N": "must not", "S": "still"}[name[0]],
            "weight": 10,
            "title": "A title of as many words as titles have, about nodes and their addresses.",
            "verdict": verdict,
            "blocked_by": by,
            "message": Message(told).to_json() if told else None,
            "seconds": 12.1,
            "protocol_seconds": 12.0,
            "evidence": [] if by else [fact],
        }
        for name, (verdict, by, told) in START.items()
    ]
    return {"score": 0, "max_score": 100, "verdict": "failed", "checks": checks}


@pytest.mark.parametrize(
    "desk",
    [
        pytest.param(language, marks=pytest.mark.xdist_group(f"browser-{language}"))
        for language in ("en", "vi")
    ],
    indirect=True,
)
def test_a_result_with_all_its_hints_read_is_not_tall(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    session = Session.of("L04", 5, desk.language)
    read = dict.fromkeys(session.exercise.hints, 3)
    monkeypatch.setattr(hints, "read", lambda _exercise, _seat: read)
    view = ChecksView(session)
    view.show(result())
    assert view.view.html.count('class="hint"') == 3 * sum(one in START for one in read) >= 20
    heights = []
    for width in WIDTHS:
        with desk.empty_page(width) as page:
            page.set_content(BODY.format(view=view.view._bundle()["text/html"]))
            heights.append(page.evaluate(HEIGHT))
    assert all(500 < one < MOST for one in heights), heights
