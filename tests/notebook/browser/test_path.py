"""A trainee's whole path: from the start page to all points, in a real browser."""

from __future__ import annotations

import json

import pytest

from ipv6lab.course import content
from ipv6lab.course.place import Place
from ipv6lab.notebook import sources
from tests.notebook.browser.desk import Desk

PATHS = ("L04", "L09", "L16")
COURSE = content.find()
NAMES = [name for name in sources.names(COURSE) if name.partition("-")[0] in PATHS]
DONE = "echo typed-$((40 + 2))\n"  # what is waited for is not what was typed


@pytest.mark.parametrize(
    ("desk", "name"),
    [
        pytest.param(
            language,
            name,
            marks=pytest.mark.xdist_group(f"browser-{language}"),
            id=f"{language}-{name}",
        )
        for language in ("en", "vi")
        for name in NAMES
    ],
    indirect=["desk"],
)
def test_a_trainee_gets_from_the_start_page_to_all_points(desk: Desk, name: str) -> None:
    exercise = name.partition("-")[0]
    desk.enter()
    desk.shoot("start")
    desk.page.locator(f".jp-RenderedMarkdown a:has-text('{exercise} ·')").first.click()
    desk.wait_for_notebook()

    run_everything(desk, exercise)
    desk.shoot(f"{exercise}-nothing-done")
    assert points(desk) == 0
    solve(desk, exercise, name)
    desk.run(desk.find("%check"))
    assert points(desk) == 100
    desk.shoot(f"{exercise}-all-points")

    desk.choose(desk.find("%check"))
    desk.save()
    assert "100" in saved_words(desk, name)
    assert desk.complaints == []
    assert desk.strange == []
    assert not desk.sent
    desk.insert_below(0, "%lab stop")
    desk.run(1)


def run_everything(desk: Desk, exercise: str) -> None:
    """Run the cells as they are, from top to bottom."""
    for number, text in enumerate(desk.sources()):
        if not text:
            continue
        desk.run(number)
        if text.startswith("%topology"):
            choose_a_node(desk, number, Place.of(exercise, desk.seat).exercise.nodes[0])


def choose_a_node(desk: Desk, number: int, node: str) -> None:
    """A click on a node in the picture shows what it has."""
    view = desk.cell(number).locator(".ipv6lab.live")
    choice = view.locator(f'[data-key="choose-{node}"]')
    choice.wait_for()
    choice.focus()
    desk.page.keyboard.press("Enter")
    view.locator("details[open] table.facts").first.wait_for()
    desk.shoot("node")


def solve(desk: Desk, exercise: str, name: str) -> None:
    """Do what the reference does: files in cells, commands in terminals."""
    place = Place.of(exercise, desk.seat)
    reference = place.configuration(COURSE.solutions / exercise / "reference")
    for file in reference.files:
        head = f"%%file {file.node}:/{file.path}"
        text = f"{head}\n{file.content.decode()}"
        if any(source.startswith(head) for source in desk.sources()):
            number = desk.find(head)
            desk.write(number, text)
        else:
            number = desk.find("%check")
            desk.insert_below(number - 1, text)
        desk.run(number)
    for commands in reference.commands:
        desk.run(desk.find("%topology"))
        view = desk.cell(desk.find("%topology")).locator(".ipv6lab.live")
        view.locator(f'[data-key="choose-{commands.node}"]').click()
        view.locator(f"details[open] [data-terminal*='{commands.node}']").click()
        desk.type_in_terminal(f"{commands.script.rstrip()}\n{DONE}", "typed-42")
        desk.shoot(f"{exercise}-terminal")
        desk.go_back(name)


def points(desk: Desk) -> int:
    view = desk.cell(desk.find("%check")).locator(".ipv6lab.live")
    return int(view.locator(".points b").inner_text())


def saved_words(desk: Desk, name: str) -> str:
    """What the saved notebook says of the check to who sees no picture."""
    saved = json.loads((desk.notebooks / f"{name}.ipynb").read_text(encoding="utf-8"))
    (check,) = (cell for cell in saved["cells"] if "".join(cell["source"]).startswith("%check"))
    return "".join(check["outputs"][0]["data"]["text/plain"])
