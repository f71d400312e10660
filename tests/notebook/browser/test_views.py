"""What a trainee sees, in a real browser: pictures that follow the lab, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator

import nbformat
import pytest

from ipv6lab.notebook.sources import KERNEL
from tests.notebook.browser.desk import Desk

pytestmark = [
    pytest.mark.xdist_group("browser-en"),
    pytest.mark.parametrize("desk", ["en"], indirect=True),
]
NAME = "views"
LADDER = """\
import sys
sys.path.insert(0, {root!r})
from ipv6lab.notebook.views import paged_ladder
from ipv6lab.reports.pcap import Record
from tests.ladder.frames import ADDRESSES, FRAMES, NETWORK, octets
frames = [octets(name) for name in FRAMES]
records = [Record(100 + at / 100, frames[at % len(frames)]) for at in range(10_000)]
paged_ladder.of_session(records, "pc", NETWORK, ADDRESSES, lab.said).view
"""
PLOTS = """\
from ipv6lab.notebook.views import plots
display(plots.shares("Packets", {"IPv6": 80, "IPv4": 20}, lab.said))
display(plots.race("Race", [plots.Span("AAAA", 0, 0.02), plots.Span("TCP", 0.02, 0.3, True)],
                   lab.said))
display(plots.path_mtu("Path MTU", [("a--b", 1500), ("tunnel", 1280)], lab.said))
"""
TOPOLOGY, CHECK, MANY, PLOT = 1, 2, 3, 4
NODE = "hq-core"
SEAT = 470  # whose hints cost nobody else anything


@pytest.fixture
def book(desk: Desk, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A notebook with a running lab, in front of which the browser stands; made once."""
    file = desk.notebooks / f"{NAME}.ipynb"
    if file.exists():
        yield desk
        return
    cells = [
        f"%lab start L04 --seat {SEAT}",
        "%topology",
        "%check",
        LADDER.format(root=str(request.config.rootpath)),
        PLOTS,
        "",
    ]
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in cells],
        metadata={"kernelspec": {"name": KERNEL, "display_name": KERNEL}},
    )
    nbformat.write(made, file)
    desk.enter()
    desk.open(NAME)
    for number in range(5):
        desk.run(number)
    yield desk


def view(desk: Desk, number: int):  # type: ignore[no-untyped-def]
    desk.choose(number)
    return desk.cell(number).locator(".ipv6lab").first


def test_the_picture_follows_the_lab_by_itself(book: Desk) -> None:
    picture = view(book, TOPOLOGY)
    picture.locator(f'[data-key="choose-{NODE}"]').wait_for()
    assert picture.locator("svg .cut").count() == 0
    book.write(5, f"%host {NODE} ip link set staff down")
    book.run(5)
    picture = view(book, TOPOLOGY)
    picture.locator("svg .cut").wait_for(state="attached")
    picture.locator(".news li", has_text="the link at staff is down").first.wait_for()
    book.write(5, f"%host {NODE} ip link set staff up; ip address add 2001:db8::77/64 dev staff")
    book.run(5)
    picture = view(book, TOPOLOGY)
    picture.locator("svg .cut").wait_for(state="detached")
    picture.locator("svg text", has_text="2001:db8::77/64").wait_for()


def test_what_was_unfolded_stays_so_while_the_picture_changes(book: Desk) -> None:
    picture = view(book, TOPOLOGY)
    picture.locator(f'[data-key="choose-{NODE}"]').focus()
    book.page.keyboard.press("Enter")
    facts = picture.locator("details.facts-of[open]")
    facts.locator("table.facts").first.wait_for()
    book.page.evaluate(
        "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute("
        f'{{code: \'lab.host("{NODE}").run("ip address add 2001:db8::78/64 dev staff")\'}}).done'
    )
    facts.locator("td", has_text="2001:db8::78/64").wait_for()
    assert facts.count() == 1
    assert book.page.evaluate("() => document.activeElement.nodeName") == "SUMMARY"


def test_a_check_shows_a_hint_for_its_price(book: Desk) -> None:
    table = view(book, CHECK)
    table.locator(".points b", has_text="0").wait_for()
    table.locator("button[data-ask]", has_text="costs 10 % of M1").click()
    table.locator(".hint").first.wait_for()
    table.locator("button[data-ask]", has_text="costs 25 % of M1").wait_for()


FOCUSED = "() => document.activeElement.textContent"


def test_a_hint_s_button_keeps_the_focus_and_hands_it_on_when_it_goes(book: Desk) -> None:
    table = view(book, CHECK)
    button = "button[data-ask]"
    table.locator(button, has_text="Hint 1 of 3: costs 10 % of M2").focus()
    for number in (2, 3):
        book.page.keyboard.press("Enter")
        table.locator(button, has_text=f"Hint {number} of 3").and_(
            table.locator(button, has_text="of M2")
        ).wait_for()
        assert f"Hint {number} of 3" in book.page.evaluate(FOCUSED)
    book.page.keyboard.press("Enter")
    table.locator(button, has_text="of M2").wait_for(state="detached")
    inside = "() => document.activeElement.closest('.ipv6lab') !== null"
    assert book.page.evaluate(inside), "the next key would go to JupyterLab"


def test_many_packets_are_drawn_page_by_page_down_to_their_octets(book: Desk) -> None:
    many = view(book, MANY)
    many.locator("nav [role=status]", has_text="Steps 1 to 40").wait_for()
    many.locator("button", has_text="On").click()
    many.locator("nav [role=status]", has_text="Steps 41 to 80").wait_for()
    many.locator("svg.ladder a").nth(2).click()
    many.locator("details.step[open] .packet").first.wait_for()
    book.shoot("ladder")


def test_nobody_is_shut_out_in_either_theme(book: Desk) -> None:
    try:
        for scheme in ("dark", "light"):
            book.wear(scheme)
            for number in (TOPOLOGY, CHECK, MANY, PLOT):
                view(book, number).wait_for()
                assert book.barriers() == [], (scheme, number)
                book.shoot(f"{scheme}-{number}")
    finally:
        book.wear("light")


def test_on_paper_there_are_no_buttons_and_no_dark_grounds(book: Desk) -> None:
    picture = view(book, TOPOLOGY)
    book.wear("dark")
    book.page.emulate_media(media="print")
    try:
        assert not picture.locator("button").first.is_visible()
        ground = "one => getComputedStyle(one).getPropertyValue('--card')"
        assert picture.evaluate(ground).strip() == "#ffffff"
    finally:
        book.page.emulate_media(media="screen")
        book.wear("light")


def test_a_notebook_without_its_kernel_still_shows_its_pictures(book: Desk) -> None:
    book.save()
    saved = nbformat.read(book.notebooks / f"{NAME}.ipynb", 4)
    for number in (TOPOLOGY, CHECK, MANY):
        (bundle,) = (one.data for one in saved.cells[number].outputs if "data" in one)
        assert "<svg" in bundle["text/html"] or "<table" in bundle["text/html"]
        assert len(bundle["text/plain"].splitlines()) > 3
    book.run(book.find("%lab start"))
    book.write(5, "%lab stop")
    book.run(5)
    view(book, TOPOLOGY).locator(".bar .chip", has_text="○").wait_for()  # it has no links now
    book.save()
    book.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    book.page.reload()
    book.wait_for_cells()
    for number, shown in (
        (TOPOLOGY, "svg text"),
        (CHECK, "table.checks"),
        (MANY, "svg.ladder"),
    ):
        book.bring(number, f".ipv6lab {shown}")
    assert book.complaints == []
    assert book.strange == []
    assert not book.sent


START = f"() => jupyterapp.shell.currentWidget.sessionContext.changeKernel({{name: '{KERNEL}'}})"


@pytest.mark.slow
def test_a_picture_whose_kernel_has_died_claims_nothing(book: Desk) -> None:
    book.page.evaluate(START)  # the test before has ended it
    book.wait_for_notebook()
    book.run(book.find("%lab start"))
    book.run(TOPOLOGY)
    picture = view(book, TOPOLOGY)
    picture.locator(".only-live", has_text="runs").wait_for()
    book.write(5, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    book.begin(5)
    told = book.page.locator(".jp-Dialog .jp-mod-accept")
    told.wait_for()  # the server starts another one, and JupyterLab says so
    told.click()
    picture = view(book, TOPOLOGY)
    picture.locator(".only-still").first.wait_for()
    assert not picture.locator(".only-live", has_text="runs").is_visible()
    # It comes back as it was seen last, though JupyterLab has forgotten the view.
    drawn = picture.locator("svg text").all_inner_texts()
    book.wait_for_notebook()
    book.save()
    book.page.reload()
    book.wait_for_cells()
    book.bring(TOPOLOGY, ".ipv6lab .only-still")
    assert view(book, TOPOLOGY).locator("svg text").all_inner_texts() == drawn != []
    for number, shown in ((CHECK, "table.checks"), (MANY, "svg.ladder")):
        book.bring(number, f".ipv6lab {shown}")
    book.wait_for_notebook()
    book.run(book.find("%lab start"))
    book.run(TOPOLOGY)
    view(book, TOPOLOGY).locator(".only-live", has_text="runs").wait_for()
    book.complaints.clear()  # of the kernel that was gone
