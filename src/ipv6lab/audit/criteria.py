"""The criteria, one after the other. A time-out fails, and so does what could not be asked."""

from __future__ import annotations

import difflib
from urllib.parse import urlsplit

from ipv6lab.addresses.text import written
from ipv6lab.audit.asking import MOST, Address, Client, Silent
from ipv6lab.audit.finding import CRITERIA, FAILED, NOTHING, NOTICE, PASSED, Site
from ipv6lab.audit.one_page import HOSTS, Page, fetch, hosts
from ipv6lab.words.message import Message, _

REDIRECTS = 5
DIFFERENCE = 0.10  # of a page's text

REASONS = {
    "time-out": _("{what}: no answer in time."),
    "refused": _("{what}: refused."),
    "unreachable": _("{what}: cannot be reached."),
    "private": _("{what}: an address that the public cannot reach."),
    "limit": _("{what}: asked often enough, and not again."),
    "TLS": _("{what}: no TLS connection."),
    "HTTP": _("{what}: no HTTP answer."),
    "address": _("{what}: no web address that is followed."),
}


def audit(client: Client, name: str) -> Site:
    """All that is found of a site."""
    site = Site(name)
    _name_servers(client, site)
    _web(client, site)
    _mail(client, site)
    for criterion in CRITERIA:
        site.say(criterion, NOTHING)
    return site


def _failed(site: Site, criterion: str, what: str, silent: Silent) -> None:
    site.say(criterion, FAILED, Message(REASONS[silent.reason].text, {"what": what}))


def _good(
    client: Client, site: Site, criterion: str, name: str, missing: str = FAILED
) -> list[Address]:
    """The AAAA records at which the public can reach a name; each other one fails."""
    try:
        found = client.addresses(name, "AAAA")
    except Silent as silent:
        _failed(site, criterion, f"{name} AAAA", silent)
        return []
    good = [one for one in found if client.usable(one)]
    for one in found:
        if one not in good:
            site.say(
                criterion,
                FAILED,
                _("{name} has {address}, where nobody outside can reach it.",
                  name=name, address=written(one)),
            )  # fmt: skip
    if len(good) > MOST:
        site.say(
            criterion,
            FAILED,
            _("{name} has more than {most} IPv6 addresses.", name=name, most=MOST),
        )
    if not found:
        site.say(criterion, missing, _("{name} has no IPv6 address.", name=name))
    return good[:MOST]


def _name_servers(client: Client, site: Site) -> None:
    try:
        zone, servers = client.zone(site.name)
    except Silent as silent:
        for criterion in ("ns-aaaa", "ns-reach"):
            _failed(site, criterion, f"{site.name} NS", silent)
        return
    # A server for IPv4 alone is let be where two others have IPv6.
    each = {one: _good(client, site, "ns-aaaa", one, NOTICE) for one in servers[: MOST * 2]}
    number = sum(bool(all) for all in each.values())
    site.say(
        "ns-aaaa",
        PASSED if number >= 2 else FAILED,
        _("{zone}: {number} of {count} name servers have IPv6.",
          zone=zone, number=number, count=len(servers)),
    )  # fmt: skip
    if not number:
        site.say("ns-reach", FAILED, _("No name server has IPv6."))
    for server, all in each.items():
        for one in all:
            try:
                client.turn(one)
                answer = client.ask(str(one), zone, "NS", recursion=False)
                if answer.rcode() or not answer.answer:
                    raise Silent("refused")
                site.say("ns-reach", PASSED)
            except Silent as silent:
                _failed(site, "ns-reach", f"{server} {written(one)}", silent)


def _web(client: Client, site: Site) -> None:
    six = _good(client, site, "web-aaaa", site.name)
    if not six:
        for criterion in ("web-reach", "web-same", "tls", "only6"):
            site.say(criterion, FAILED, _("There is no IPv6 address to ask."))
        return
    site.say("web-aaaa", PASSED)
    try:
        four = [one for one in client.addresses(site.name, "A") if client.usable(one)]
        silent4 = False
    except Silent as silent:
        four, silent4 = [], True
        _failed(site, "web-same", f"{site.name} A", silent)
    reference = _pages(client, site, four[0], None) if four else {}
    pages: dict[str, Page] = {}
    for one in six:
        found = _pages(client, site, one, "web-reach" if not reference else None)
        if found:
            site.logo = True
            site.say("web-reach", PASSED)
        elif reference:
            site.say("web-reach", FAILED, _("{address} takes no connection.", address=written(one)))
        for scheme in reference.keys() - found.keys():
            site.say(
                "web-reach",
                FAILED,
                _("{address} does not serve {scheme}, and IPv4 does.",
                  address=written(one), scheme=scheme),
            )  # fmt: skip
        _same(site, one, found, reference)
        pages = pages or found
    if not four and not silent4:
        site.say("web-same", PASSED, _("The site is on IPv6 alone."))
    elif four and not reference:
        site.say("web-same", NOTICE, _("Over IPv4 nothing answers here: nothing to compare."))
    _whole(client, site, pages)


def _pages(client: Client, site: Site, one: Address, criterion: str | None) -> dict[str, Page]:
    """What an address serves, by scheme; without any answer `criterion` fails."""
    found, last = {}, Silent("unreachable")
    for scheme in ("http", "https"):
        try:
            found[scheme] = fetch(client, f"{scheme}://{site.name}/", one)
        except Silent as silent:
            last = silent
            if silent.reason in ("time-out", "TLS", "HTTP", "limit") and one.version == 6:
                _failed(site, "web-reach", f"{scheme} {written(one)}", silent)
    if not found and criterion:
        _failed(site, criterion, written(one), last)
    if one.version == 6 and "https" not in found and last.reason in ("time-out", "TLS"):
        site.say("tls", FAILED, _("There is no page over IPv6."))
    if one.version == 6 and (secure := found.get("https")) is not None:
        if secure.distrust:
            site.say(
                "tls",
                FAILED,
                _("{address}: {reason}.", address=written(one), reason=secure.distrust.rstrip(".")),
            )
        else:
            site.say("tls", PASSED)
    return found


def _same(site: Site, one: Address, six: dict[str, Page], four: dict[str, Page]) -> None:
    if four and six.keys() != four.keys():
        site.say(
            "web-same",
            FAILED,
            _("{address} serves {six}, IPv4 {four}.", address=written(one),
              six=", ".join(six) or "–", four=", ".join(four)),
        )  # fmt: skip
    for scheme in six.keys() & four.keys():
        here, there = six[scheme], four[scheme]
        if here.status != there.status:
            site.say(
                "web-same",
                FAILED,
                _("{scheme} answers {here} over IPv6 and {there} over IPv4.",
                  scheme=scheme, here=here.status, there=there.status),
            )  # fmt: skip
            continue
        ratio = difflib.SequenceMatcher(
            None, here.comparable(), there.comparable(), autojunk=False
        ).quick_ratio()
        if 1 - ratio > DIFFERENCE or here.location != there.location:
            site.say(
                "web-same",
                NOTICE,
                _("The page over IPv6 at {address} is another than over IPv4.",
                  address=written(one)),
            )  # fmt: skip
        else:
            site.say("web-same", PASSED)


def _whole(client: Client, site: Site, pages: dict[str, Page]) -> None:
    """The page, wherever it leads, and its parts, for whom has IPv6 alone."""
    page = pages.get("https") or pages.get("http")
    if page is None:
        for criterion in ("tls", "only6"):
            site.say(criterion, FAILED, _("There is no page over IPv6."))
        return
    for _number in range(REDIRECTS):
        if page.location is None:
            break
        try:
            host = urlsplit(page.location).hostname or ""
            found = _good(client, site, "only6", host)
            if not found:
                site.say("only6", FAILED, _("It leads to {host}, for IPv4 alone.", host=host))
                return
            page = fetch(client, page.location, found[0])
        except Silent as silent:
            _failed(site, "only6", page.location or site.name, silent)
            return
        except ValueError:
            _failed(site, "only6", site.name, Silent("address"))
            return
    else:
        site.say("only6", FAILED, _("It leads from one redirect to the next."))
        return
    site.say("only6", PASSED if page.status < 400 else NOTICE)
    others = hosts(page)
    for host in others[:HOSTS]:
        _good(client, site, "only6", host)
    if len(others) > HOSTS:
        site.say("only6", NOTICE, _("Of {count} other hosts {most} were looked at.",
                                    count=len(others), most=HOSTS))  # fmt: skip


def _mail(client: Client, site: Site) -> None:
    try:
        records = client.records(site.name, "MX")
        if not records and site.name.startswith("www."):
            records = client.records(site.name.removeprefix("www."), "MX")
    except Silent as silent:
        for criterion in ("mx-aaaa", "mx-reach"):
            _failed(site, criterion, f"{site.name} MX", silent)
        return
    servers = sorted({str(one.exchange).lower() for one in records} - {"."})
    told: Message = _("It receives no mail.")
    if not servers:
        site.say("mx-aaaa", NOTHING, told)
        site.say("mx-reach", NOTHING, told)
        return
    for server in servers[:MOST]:
        found = _good(client, site, "mx-aaaa", server)
        if found:
            site.say("mx-aaaa", PASSED)
        else:
            site.say("mx-reach", FAILED, _("{name} has no IPv6 address.", name=server))
        for one in found:
            try:
                client.connect(one, 25).close()
                site.say("mx-reach", PASSED)
            except Silent as silent:
                _failed(site, "mx-reach", f"{server} {written(one)}", silent)
