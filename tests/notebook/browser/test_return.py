"""What outlives a window, a connection and a kernel: the lab, its pictures, what was recorded."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from ipv6lab.notebook.sources import KERNEL
from tests.notebook.browser.desk import Desk

pytestmark = [
    pytest.mark.xdist_group("browser-vi"),
    pytest.mark.parametrize("desk", ["vi"], indirect=True),
]
FIRST, SECOND = "first", "second"
START, TOPOLOGY, CHECK, WORK = range(4)
NODE, PC = "hq-core", "pc1"
TERMINAL = "hq_core"  # the name of its tab
WAITS = "until [ -e /root/go ]; do sleep 0.1; done; echo has-$((40 + 2))"

ADD = ("ip", "address", "add", "dev", "staff")


@pytest.fixture
def book(desk: Desk) -> Desk:
    """Two notebooks on one running lab, the first of them in front; made once."""
    if not (desk.notebooks / f"{FIRST}.ipynb").exists():
        for name in (FIRST, SECOND):
            cells = ["%lab start L04", "%topology", "%check", ""]
            made = nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell(text) for text in cells],
                metadata={"kernelspec": {"name": KERNEL, "display_name": KERNEL}},
            )
            nbformat.write(made, desk.notebooks / f"{name}.ipynb")
        desk.enter()
        desk.open(FIRST)
        desk.run(START)
        desk.run(TOPOLOGY)
        desk.save()
    desk.go_back(FIRST)  # whatever the test before left in front
    return desk


def has(desk: Desk, address: str) -> None:
    """The picture in this window shows an address, as soon as it does."""
    desk.choose(TOPOLOGY)
    picture = desk.cell(TOPOLOGY).locator(".ipv6lab.live")
    picture.locator("svg text", has_text=address).first.wait_for()


def type_on(desk: Desk, node: str, line: str) -> None:
    desk.write(WORK, f"%host {node} {line}")
    desk.run(WORK)


def journal(desk: Desk) -> dict[str, int | None]:
    """What was recorded as typed, with the status it ended with."""
    told = desk.ipv6lab("save", str(desk.home / "saved"))
    assert told.returncode == 0, told.stderr
    lines = (desk.home / "saved" / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    entries: list[dict[str, Any]] = [json.loads(line) for line in lines]
    ends = {entry["of"]: entry["status"] for entry in entries if entry["kind"] == "end"}
    return {
        str(entry["command"]): ends.get(entry["seq"])
        for entry in entries
        if entry["kind"] == "command"
    }


def test_two_windows_show_one_lab_and_none_loses_what_the_other_wrote(book: Desk) -> None:
    with book.another_window() as (here, there):
        book.open(FIRST)
        type_on(book, NODE, "ip address add 2001:db8::71/64 dev staff")
        has(book, "2001:db8::71/64")
        book.page = here
        has(book, "2001:db8::71/64")
        type_on(book, NODE, "ip address add 2001:db8::72/64 dev staff")
        has(book, "2001:db8::72/64")
        book.save()
        book.page = there
        has(book, "2001:db8::72/64")
        book.write(WORK, "# of the second window")
        book.page.keyboard.press("Control+s")
        asked = book.page.locator(".jp-Dialog")
        asked.wait_for()  # it asks which of the two is to stay
        asked.locator("button").first.click()
    saved = nbformat.read(book.notebooks / f"{FIRST}.ipynb", 4)
    assert "2001:db8::72" in saved.cells[WORK].source
    book.page.bring_to_front()
    has(book, "2001:db8::72/64")  # the one that stayed still follows


def test_a_page_that_is_loaded_again_while_a_cell_runs_has_its_lab(book: Desk) -> None:
    book.write(WORK, f"%host {PC} {WAITS}")
    book.begin(WORK)
    book.cell(WORK).locator(".jp-InputPrompt", has_text="*").wait_for()
    book.page.reload()
    book.wait_for_cells()
    assert book.ipv6lab("exec", PC, "--", "touch", "/root/go").returncode == 0
    book.wait_for_notebook()
    assert journal(book)[WAITS] == 0  # it went on, and was recorded
    type_on(book, NODE, "ip address add 2001:db8::73/64 dev staff")
    has(book, "2001:db8::73/64")
    assert book.complaints == []


def test_after_a_closed_lid_picture_checks_and_terminal_come_back(book: Desk) -> None:
    picture = book.cell(TOPOLOGY)
    book.choose(TOPOLOGY)
    picture.locator(f'[data-key="choose-{NODE}"]').click()
    picture.locator(f"details[open] [data-terminal*='{NODE}']").click()
    book.type_in_terminal("echo before-$((40 + 2))\n", "before-42")
    book.go_back(FIRST)
    book.begin(CHECK)
    table = book.cell(CHECK).locator(".ipv6lab.live")
    table.locator(".chip.running").first.wait_for()
    book.cut_off()
    assert book.ipv6lab("exec", NODE, "--", *ADD, "2001:db8::74/64").returncode == 0
    assert book.ipv6lab("check", "--json").returncode == 1  # by now the other one has ended
    book.connect()
    has(book, "2001:db8::74/64")
    book.choose(CHECK)
    table.locator(".points b").wait_for()
    book.wait_for_notebook()
    book.page.locator(".lm-TabBar-tab", has_text=TERMINAL).click()
    book.type_in_terminal("echo after-$((40 + 2))\n", "after-42")
    book.go_back(FIRST)
    book.complaints.clear()  # the browser's, of not having reached the server


def test_a_window_that_is_closed_and_opened_again_still_has_its_check(book: Desk) -> None:
    book.run(CHECK)
    book.save()
    here = book.page
    with book.another_window():
        here.close()
        book.open(FIRST)
        book.choose(CHECK)
        book.cell(CHECK).locator(".ipv6lab.live .points b").wait_for()
        type_on(book, NODE, "ip address add 2001:db8::75/64 dev staff")
        has(book, "2001:db8::75/64")


def test_a_kernel_that_is_started_anew_finds_the_lab(book: Desk) -> None:
    type_on(book, PC, "touch /root/kept")
    book.restart_kernel()
    type_on(book, PC, "ls /root/kept")
    assert "/root/kept" in book.cell(WORK).locator(".jp-OutputArea").inner_text()
    book.run(TOPOLOGY)
    assert book.ipv6lab("exec", NODE, "--", *ADD, "2001:db8::76/64").returncode == 0
    has(book, "2001:db8::76/64")


def test_two_notebooks_on_one_lab_do_not_disturb_each_other(book: Desk) -> None:
    begun = "%capture staff icmp6 and ip6[40] == 128"
    book.write(WORK, begun)
    book.run(WORK)
    with book.another_window() as (here, there):
        book.open(SECOND)
        book.run(START)  # it goes on as it is
        book.run(TOPOLOGY)
        book.write(WORK, begun)
        book.run(WORK)
        book.insert_below(WORK, f"%host {PC} ping -c 1 ff02::1%eth0")
        book.run(WORK + 1)
        for page in (there, here):
            book.page = page
            book.write(WORK, "%capture stop")
            book.run(WORK)
            book.cell(WORK).locator("svg.ladder text", has_text="Echo Request").first.wait_for()
        book.begin(CHECK)
        book.page = there
        book.run(CHECK)
        for page in (there, here):
            book.page = page
            book.wait_for_notebook()
            book.choose(CHECK)
            book.cell(CHECK).locator(".ipv6lab.live .points b").wait_for()
        book.page = there
        book.write(WORK, "%lab stop")
        book.run(WORK)
        book.page = here
        book.choose(TOPOLOGY)
        book.cell(TOPOLOGY).locator(".ipv6lab.live .bar .chip", has_text="○").wait_for()
        book.page = there
        book.run(START)
        book.page = here
        type_on(book, PC, "hostname")
        assert PC in book.cell(WORK).locator(".jp-OutputArea").inner_text()
        book.page = there
        book.run(WORK)  # %lab stop
    assert book.complaints == []
    assert book.strange == []
    assert not book.sent
