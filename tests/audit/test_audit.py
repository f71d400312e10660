"""The audit against sites in a lab: each lies in another way, and the truth is a table by hand."""

from __future__ import annotations

import contextlib
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab import cli
from ipv6lab.audit.archive import archive, command
from ipv6lab.audit.asking import PER_HOST, Client, Silent
from ipv6lab.audit.finding import CRITERIA, FAILED, NOTHING, NOTICE, PASSED, Site
from ipv6lab.audit.one_page import _page, hosts
from ipv6lab.audit.told import details, page, summary
from ipv6lab.course.speech import Speech
from ipv6lab.reports.terminal_tables import plain
from ipv6lab.words.errors import LabError
from tests.sandbox import support

SERVER = "2001:db8:a::53"
# Of each site: the criteria that fail, those to be looked at, and whether the logo is granted.
NO_ADDRESS = {"web-aaaa", "web-reach", "web-same", "tls", "only6"}
TRUTH: dict[str, tuple[set[str], set[str], bool]] = {
    "good": (set(), set(), True),
    "loop": (NO_ADDRESS, set(), False),
    "mapped": (NO_ADDRESS, set(), False),
    "ula": (NO_ADDRESS, set(), False),
    "only4": (NO_ADDRESS, set(), False),
    "redirect": ({"only6"}, set(), True),
    "inward": ({"only6"}, set(), True),
    "other": (set(), {"web-same"}, True),
    "endless": (set(), set(), True),
    "cert": ({"tls"}, set(), True),
    "parts": ({"only6"}, set(), True),
    "silent": ({"web-reach", "tls", "only6"}, {"web-same"}, False),
    "drip": ({"web-reach", "tls", "only6"}, {"web-same"}, False),
    "away": ({"web-reach", "web-same", "tls", "only6"}, set(), False),
}
SLOW = ("silent", "drip")


def certificate(folder: Path, *names: str) -> str:
    alternative = "subjectAltName=" + ",".join(f"DNS:{one}" for one in names)
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    words += ["-nodes", "-days", "30", "-subj", "/CN=x", "-addext", alternative]
    key, shown = folder / f"{names[0]}.key", folder / f"{names[0]}.crt"
    words += ["-keyout", str(key), "-out", str(shown)]
    subprocess.run(words, check=True, capture_output=True)
    return key.read_text() + shown.read_text()


def said(lab: Any, name: str) -> Site:
    words = command([name], [SERVER])
    channel = lab.open("exec", node="b", argv=words, env={}, cwd=None, pty=None)
    channel.send(archive())
    channel.end_input()
    out, trouble = b"", b""
    for kind, data in channel:
        if kind == "O":
            out += data
        elif kind == "S":
            trouble += data
        elif kind == "X":
            break
    assert not trouble, trouble.decode()
    return Site.from_json(json.loads(out))


def audited(folder: Path, names: list[str]) -> dict[str, Site]:
    """The sites on node a, asked from node b."""
    script = Path(__file__).with_name("sites.py").read_text("utf-8")
    good = certificate(folder, *(f"{one}.example.net" for one in TRUTH if one != "cert"))
    pems = [good, certificate(folder, "another.example.org")]
    words = ["/usr/bin/python3", "-I", "-c", script, *pems]
    with support.throwaway() as lab:
        for number, node in ((1, "a"), (2, "b")):
            for one in (f"2001:db8:b::{number}/64", f"198.51.100.{number}/24"):
                support.run(lab, node, "ip", "address", "add", one, "dev", "eth0", "nodad")
        for sites, way in (("2001:db8:a::/48", "2001:db8:b::1"), ("192.0.2.0/24", "198.51.100.1")):
            done = support.run(lab, "b", "ip", "route", "add", sites, "via", way)
            assert done.status == 0, done.err
        running = lab.open("exec", node="a", argv=words, env={}, cwd=None, pty=None)
        for kind, data in running:
            assert kind == "O", data
            if b"ready" in data:
                break
        with ThreadPoolExecutor(5) as pool:
            found = list(pool.map(lambda one: said(lab, f"{one}.example.net"), names))
        running.cancel()
    return dict(zip(names, found, strict=True))


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    folder = tmp_path_factory.mktemp("certificates")
    return audited(folder, [one for one in TRUTH if one not in SLOW])


@pytest.mark.parametrize("name", [one for one in TRUTH if one not in SLOW])
def test_each_site_by_the_table(sites: dict[str, Site], name: str) -> None:
    is_as_the_table_has_it(sites[name], name)


@pytest.mark.slow
def test_sites_that_let_one_wait_fail(tmp_path: Path) -> None:
    for name, site in audited(tmp_path, list(SLOW)).items():
        is_as_the_table_has_it(site, name)


def is_as_the_table_has_it(site: Site, name: str) -> None:
    failed, notices, logo = TRUTH[name]
    told = {one: [str(each) for each in all] for one, all in site.told.items()}
    assert {one for one in CRITERIA if site.verdicts[one] == FAILED} == failed, told
    assert {one for one in CRITERIA if site.verdicts[one] == NOTICE} == notices, told
    assert site.logo == logo


def test_the_page_and_the_tables_in_both_languages(sites: dict[str, Site]) -> None:
    for language, word in (("en", "would be granted"), ("vi", "sẽ được cấp")):
        speech = Speech(language)
        assert word in page(list(sites.values()), speech, language)
        assert "good.example.net" in plain(summary(list(sites.values()), speech))
        assert "::1" in plain(details(sites["loop"], speech))


def test_what_sites_say_is_escaped() -> None:
    site = Site("<script>alert(1)</script>.example", dict.fromkeys(CRITERIA, PASSED))
    site.told = {one: [] for one in CRITERIA}
    assert "<script>" not in page([site], Speech("en"), "en")


def test_no_more_than_ten_connections_to_a_host() -> None:
    pauses: list[float] = []
    client = Client([], lab=True, pause=pauses.append)
    host = ip_address("2001:db8::1")
    for _number in range(PER_HOST):
        client.turn(host)
    with pytest.raises(Silent, match="limit"):
        client.turn(host)
    assert len(pauses) == PER_HOST - 1 == 9


@pytest.mark.parametrize(
    "text",
    [
        "::1", "::", "::ffff:8.8.8.8", "fd00::1", "fe80::1", "ff02::1", "64:ff9b::808:808",
        "::8.8.8.8", "fec0::1", "127.0.0.1", "169.254.1.1",
    ],
)  # fmt: skip
def test_nobody_outside_reaches_these(text: str) -> None:
    for lab in (True, False):
        assert not Client([], lab).usable(ip_address(text))
    assert not Client([]).usable(ip_address("10.0.0.1"))
    assert not Client([]).usable(ip_address("2001:db8::1"))
    assert Client([]).usable(ip_address("2620:fe::fe"))


@given(
    st.binary(max_size=300).flatmap(lambda one: st.sampled_from([one, b"HTTP/1.1 200 X\r\n" + one]))
)
def test_no_answer_does_harm(data: bytes) -> None:
    try:
        found = _page("http://www.example.net/", data)
    except Silent:
        return
    assert len(found.body) <= 500_000
    hosts(found)
    found.comparable()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.dictionaries(st.sampled_from(["name", "logo", "verdicts", "told", *CRITERIA]), inner)
            | st.lists(inner)
        ),
        max_leaves=8,
    )
)
def test_what_a_node_says_is_an_audit_or_refused(data: Any) -> None:
    with contextlib.suppress(LabError):
        assert Site.from_json(data).verdicts.keys() == CRITERIA.keys()


@pytest.mark.parametrize(
    "words",
    [
        ["x"], ["http://www.example.net/"], ["a b.example"], ["www.example.net", "--server", "x"],
        ["\0.example.net"], ["-.." * 300],
    ],
)  # fmt: skip
def test_wrong_input_is_one_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", *words]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert len(told.err.splitlines()) == 1


def test_what_does_not_apply_is_no_fault() -> None:
    site = Site("x")
    site.say("mx-aaaa", NOTHING)
    assert site.passed
    assert site.internet_nl
