"""Magics' words, folded output, and what services complain about; no lab is needed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.course.speech import Speech
from ipv6lab.notebook import output, validation, words
from ipv6lab.notebook.output import HEAD, TAIL, Output
from ipv6lab.words.errors import LabError

PLAN = {"app.address": "2001:db8::80", "draw.kind": "secret", "app": "x"}


def test_arguments_options_and_flags() -> None:
    read = words.read("%lab", "start L04 --seat 9 --force", "usage", 0, 2, ["force"], ["seat"])
    assert read.arguments == ["start", "L04"]
    assert read.options == {"seat": "9"}
    assert read.flags == {"force"}
    assert words.read("%x", "--seat=9 'a b'", "usage", options=["seat"]).arguments == ["a b"]
    for wrong in ("--nonsense", "--seat", "--force=1", "a b c", "'open"):
        with pytest.raises(LabError, match="%lab is used like this: usage"):
            words.read("%lab", wrong, "usage", 0, 2, ["force"], ["seat"])


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5.2"])
def test_an_option_that_is_no_number(text: str) -> None:
    read = words.read("%capture", f"staff --seconds={text}", "usage", options=["seconds"])
    with pytest.raises(LabError, match="takes a number above 0"):
        read.number("seconds", float)


def test_names_of_the_plan() -> None:
    assert words.looked_up("ping {{ app.address }}", PLAN) == "ping 2001:db8::80"
    for kept in ("{{ draw.kind }}", "{{x}}", "f'{{y}}'", "awk '{{print}}'", "${a} {b}"):
        assert words.looked_up(kept, PLAN) == kept
    with pytest.raises(LabError, match=r"did you mean app\.address"):
        words.looked_up("{{ app.adress }}", PLAN)


class Page:
    """Stands in for what a notebook's page shows of one display."""

    def __init__(self, bundle: dict[str, str]) -> None:
        self.bundle = bundle
        PAGES.append(self)

    def update(self, bundle: dict[str, str]) -> None:
        self.bundle = bundle


PAGES: list[Page] = []


def shown(
    parts: list[bytes], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[str, dict[str, str] | None]:
    """What is printed of some output, and what is folded."""
    PAGES.clear()
    monkeypatch.setattr(output, "Shown", Page)
    taken = Output(Speech("en"))
    for part in parts:
        taken.take("O", part)
    taken.end()
    return capsys.readouterr().out, PAGES[0].bundle if PAGES else None


def test_short_output_is_printed_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "".join(f"{number}\n" for number in range(HEAD + TAIL)) + "Xin chào, no end"
    data = text.encode()
    parts = [data[at : at + 7] for at in range(0, len(data), 7)]  # letters are cut in the middle
    # The line without an end is one too many: the first of the last ones is folded away.
    printed, folded = shown(parts, monkeypatch, capsys)
    assert printed == "".join(f"{number}\n" for number in range(HEAD))
    assert folded is not None
    assert folded["text/plain"].endswith("Xin chào, no end")
    printed, folded = shown([b"a\nb", b"c"], monkeypatch, capsys)
    assert (printed, folded) == ("a\nbc", None)
    printed, folded = shown([b"x\n" * (HEAD + TAIL)], monkeypatch, capsys)
    assert (printed, folded) == ("x\n" * (HEAD + TAIL), None)


def test_what_is_folded_is_harmless_html_and_has_an_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "MOST", 100)
    text = "".join(f"<b>{number}</b>\x1b[31m\n" for number in range(1000))
    _printed, folded = shown([text.encode()], monkeypatch, capsys)
    assert folded is not None
    assert "<b>" not in folded["text/html"]
    assert "\x1b" not in folded["text/html"] + folded["text/plain"]
    assert "100 more lines" in folded["text/html"]
    assert f"not kept: {1000 - HEAD - TAIL - 100}." in folded["text/html"]
    assert folded["text/plain"].rstrip().endswith("<b>999</b>")


COMPLAINTS: list[tuple[str, str, str, int | None, str]] = [
    ("/etc/radvd.conf", "/etc/radvd.conf:3 error: syntax error", "radvd", 3, "error: syntax error"),
    (
        "/etc/dnsmasq.d/a.conf",
        "dnsmasq: bad option at line 1 of /etc/dnsmasq.d/a.conf",
        "dnsmasq",
        1,
        "bad option",
    ),
    (
        "/etc/bind/named.conf.local",
        "/etc/bind/named.conf.local:1: unknown option 'a'",
        "named-checkconf",
        1,
        "unknown option 'a'",
    ),
    (
        "/etc/nginx/conf.d/x.conf",
        '2026/11/23 13:59:05 [emerg] 25#25: unknown directive "a" in /etc/nginx/conf.d/x.conf:1',
        "nginx",
        1,
        'unknown directive "a"',
    ),
    (
        "/etc/frr/frr.conf",
        "line 2: % Unknown command[4]: foo bar",
        "vtysh",
        2,
        "% Unknown command[4]: foo bar",
    ),
    (
        "/etc/bird/bird.conf",
        "bird: /etc/bird/bird.conf:4:1 syntax error, unexpected CF_SYM",
        "bird",
        4,
        "syntax error, unexpected CF_SYM",
    ),
    (
        "/etc/nftables.conf",
        "/etc/nftables.conf:2:5-7: Error: syntax error",
        "nft",
        2,
        "Error: syntax error",
    ),
    (
        "/etc/unbound/unbound.conf.d/x.conf",
        "/etc/unbound/unbound.conf.d/x.conf:1: error: unknown keyword 'a'",
        "unbound-checkconf",
        1,
        "error: unknown keyword 'a'",
    ),
    (
        "/etc/kea/kea-dhcp6.conf",
        "Syntax check failed with: /etc/kea/kea-dhcp6.conf:1.1: Invalid character: a",
        "kea-dhcp6",
        1,
        "Invalid character: a",
    ),
    (
        "/etc/nsd/nsd.conf",
        "/etc/nsd/nsd.conf:5: at 'a': error: syntax error",
        "nsd-checkconf",
        5,
        "at 'a': error: syntax error",
    ),
    (
        "/etc/sysctl.d/60.conf",
        "sysctl: /etc/sysctl.d/60.conf(2): invalid syntax, continuing...",
        "sysctl",
        2,
        "invalid syntax, continuing...",
    ),
    (
        "/etc/unbound/x.conf",
        "/etc/unbound/other.conf:7: error: unknown",
        "unbound-checkconf",
        None,
        "/etc/unbound/other.conf:7: error: unknown",
    ),
]


@pytest.mark.parametrize(("path", "told", "program", "line", "text"), COMPLAINTS)
def test_a_complaint_has_its_line(
    path: str, told: str, program: str, line: int | None, text: str
) -> None:
    """What these programs say is what they said on a node."""
    checker = validation.checker(path, "")
    assert checker is not None
    assert checker.command(path)[0] == program
    assert checker.complaints(path, "one\ntwo\n", 1, f"{told}\n    ^^^\ntwo\n") == [(line, text)]


def test_nothing_is_complained_about_where_all_is_right() -> None:
    zones = validation.checker("/etc/bind/named.conf", "")
    assert zones is not None
    assert zones.complaints("/etc/bind/named.conf", "", 0, "zone x/IN: loaded serial 1\n") == []
    assert validation.checker("/etc/motd", "Welcome") is None
    assert validation.checker("/usr/local/sbin/go", "#!/bin/sh\n") == validation.SCRIPT


@given(st.text(), st.lists(st.tuples(st.one_of(st.none(), st.integers(1, 9)), st.text())))
def test_any_complaint_is_shown_beside_its_line(text: str, found: list[Any]) -> None:
    complaints = [validation.Complaint(*one) for one in found]
    drawn = validation.show("/etc/x", text, complaints, Speech("en"))
    assert all(one.text in drawn["text/plain"] for one in complaints)
    assert "<script" not in drawn["text/html"]
