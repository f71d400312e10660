"""What still needs IPv4, as tables: for who decides by cause, for who mends by host and name."""

from __future__ import annotations

from typing import Any

from ipv6lab.reports.say import Translate
from ipv6lab.reports.terminal_tables import Cell, Column, Grid
from ipv6lab.share import needs4
from ipv6lab.share.needs4 import Needs, Use
from ipv6lab.words.message import Message, _

CAUSES = {
    needs4.NO_AAAA: _("the name has no IPv6 address (no AAAA)"),
    needs4.LITERAL: _("an IPv4 address is built in: nobody asked for a name"),
    needs4.DNS_SERVER: _("the DNS server is known by its IPv4 address"),
    needs4.DEAD: _("the name's IPv6 address (AAAA) did not answer"),
    needs4.REFUSED: _("the name's IPv6 address (AAAA) refused"),
    needs4.DNS_SILENT: _("the DNS did not answer the question for AAAA"),
    needs4.NOT_ASKED: _("the program asked for IPv4 addresses alone (A)"),
    needs4.EYEBALLS: _("IPv6 answered, and Happy Eyeballs chose IPv4"),
    needs4.NOT_TRIED: _("there is an IPv6 address, and the program did not try it"),
    needs4.UNKNOWN: _("the name was asked for before the capture began"),
}
TO_DO = {
    needs4.NO_AAAA: _("ask the site's owner for IPv6; until then a translator (NAT64)"),
    needs4.LITERAL: _("ask the program's maker for names; until then 464XLAT"),
    needs4.DNS_SERVER: _("tell hosts its IPv6 address, by RA (RDNSS) or DHCPv6"),
    needs4.DEAD: _("mend the site's IPv6, or its path, or take the AAAA back"),
    needs4.REFUSED: _("let the service listen on IPv6, or open the filter"),
    needs4.DNS_SILENT: _("mend the name server: every question deserves an answer"),
    needs4.NOT_ASKED: _("ask the program's maker for IPv6; it is old, or set to IPv4"),
    needs4.EYEBALLS: _("look why IPv6 is slower there: path, tunnel, MTU"),
    needs4.NOT_TRIED: _("look at the host: has it IPv6, and does it prefer it?"),
    needs4.UNKNOWN: _("capture for longer, from before the program starts"),
}
WAYS = {
    needs4.NATIVE: _("IPv4"),
    needs4.TRANSLATED: _("NAT64"),
}


def parts(needs: Needs, tr: Translate) -> list[Grid | Cell | str]:
    """All tables and sentences, in order."""
    found: list[Grid | Cell | str] = [tr(_whole(needs))]
    if needs.uses:
        found += ["", _decides(needs, tr), "", _mends(needs, tr)]
    found += ["", tr(_left_out(needs))]
    return found


def to_json(needs: Needs, tr: Translate) -> dict[str, Any]:
    """All of it for programs; causes are words of ours, beside sentences of the language."""
    return {
        "frames": needs.frames,
        "hosts": sorted(needs.hosts),
        "connections": needs.flows,
        "translators": [str(one) for one in needs.prefixes],
        "tried_in_vain": needs.tries,
        "local_frames": needs.local,
        "causes": [
            {
                "cause": cause,
                "what": tr(CAUSES[cause]),
                "to_do": tr(TO_DO[cause]),
                "hosts": len({one.host for one in uses}),
                "connections": sum(one.count for one in uses),
            }
            for cause, uses in _by_cause(needs)
        ],
        "uses": [
            {
                "host": one.host,
                "name": one.name or None,
                "address": str(one.address),
                "program": one.program or None,
                "protocol": one.protocol,
                "port": one.port or None,
                "way": one.way,
                "cause": one.cause,
                "ipv6_milliseconds": one.milliseconds,
                "connections": one.count,
            }
            for one in needs.uses
        ],
    }


def _whole(needs: Needs) -> Message:
    used = {one.host for one in needs.uses}
    if not used:
        return _("Nobody used IPv4: {count} hosts were seen.", count=len(needs.hosts))
    return _(
        "{used} of {count} hosts used IPv4, for {connections} of {flows} connections.",
        used=len(used),
        count=len(needs.hosts),
        connections=sum(one.count for one in needs.uses),
        flows=needs.flows,
    )


def _left_out(needs: Needs) -> Message:
    return _(
        "Not counted: {tries} tries by IPv4 without a connection, {local} frames of ARP, DHCPv4, "
        "multicast and broadcast.",
        tries=needs.tries,
        local=needs.local,
    )


def _by_cause(needs: Needs) -> list[tuple[str, list[Use]]]:
    found = [(cause, [one for one in needs.uses if one.cause == cause]) for cause in needs4.CAUSES]
    return [(cause, uses) for cause, uses in found if uses]


def _decides(needs: Needs, tr: Translate) -> Grid:
    grid = Grid(
        [
            Column(tr(_("Why")), flexible=True),
            Column(tr(_("Hosts")), right=True),
            Column(tr(_("Connections")), right=True),
            Column(tr(_("What to do")), flexible=True),
        ]
    )
    for cause, uses in _by_cause(needs):
        grid.add(
            tr(CAUSES[cause]),
            str(len({one.host for one in uses})),
            str(sum(one.count for one in uses)),
            tr(TO_DO[cause]),
        )
    return grid


def _mends(needs: Needs, tr: Translate) -> Grid:
    grid = Grid(
        [
            Column(tr(_("Host"))),
            Column(tr(_("Name or address")), flexible=True),
            Column(tr(_("Program")), flexible=True),
            Column(tr(_("By"))),
            Column(tr(_("Connections")), right=True),
            Column(tr(_("Why")), flexible=True),
        ]
    )
    for one in needs.uses:
        place = f"{one.protocol}/{one.port}" if one.port else one.protocol
        program = f"{one.program} ({place})" if one.program else place
        why = tr(CAUSES[one.cause])
        if one.milliseconds is not None:
            why = tr(_("{why} ({count} ms)", why=why, count=one.milliseconds))
        grid.add(
            one.host,
            f"{one.name} ({one.address})" if one.name else str(one.address),
            program,
            tr(WAYS[one.way]),
            str(one.count),
            why,
        )
    return grid
