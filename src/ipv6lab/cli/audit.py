"""``audit``: is this site really on IPv6?"""

from __future__ import annotations

import argparse
import re
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.audit.finding import Site

NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62}\.?)+", re.ASCII)
PUBLIC = "2000::1"  # an address of the whole Internet; nothing is sent to it
ANSWER = 4 * 1024 * 1024  # octets that a node may say


def add(commands: Commands) -> None:
    tr = commands.speech
    audit = commands.add("audit", _("is this site really on IPv6?"), run, json=True)
    audit.add_argument(
        "names",
        metavar=tr(_("NAME")),
        nargs="+",
        help=tr(_("a site's name, such as www.example.net")),
    )
    audit.add_argument(
        "--node", metavar=tr(_("NODE")), help=tr(_("ask from a node of the running lab"))
    )
    audit.add_argument(
        "--server",
        metavar=tr(_("ADDRESS")),
        action="append",
        default=[],
        help=tr(_("a name server to ask instead of the machine's own")),
    )
    audit.add_argument(
        "--html", metavar=tr(_("FILE")), help=tr(_("write one page for who decides"))
    )
    audit.set_defaults(any_node=False)
    commands.add_seat(audit)


def run(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.audit import told
    from ipv6lab.reports.terminal_tables import Terminal

    names = [_name(one) for one in options.names]
    for server in options.server:
        try:
            ip_address(server)
        except ValueError:
            raise LabError(_("{server} is no address of a name server.", server=server)) from None
    sites = _on_node(options, names) if options.node else _from_here(names, options.server)
    if options.html:
        try:
            Path(options.html).write_text(
                told.page(sites, speech, speech.language), encoding="utf-8", errors="replace"
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise LabError(
                _("{file} cannot be written ({reason}).", file=options.html, reason=reason)
            ) from None
    if options.json:
        print_json([{**one.to_json(), "told": _sentences(one, speech)} for one in sites])
    else:
        for site in sites:
            Terminal().show(told.details(site, speech), "")
        Terminal().show(told.summary(sites, speech))
    return 0 if all(site.passed for site in sites) else 1


def _sentences(site: Site, speech: Speech) -> dict[str, list[str]]:
    return {one: [speech(each) for each in all] for one, all in site.told.items()}


def _name(text: str) -> str:
    try:
        name = text.strip().rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        name = ""
    if NAME.fullmatch(name) is None or "." not in name:
        raise LabError(_("{name} is no site's name; write one such as www.example.net.", name=text))
    return name


def _from_here(names: list[str], servers: list[str]) -> list[Site]:
    from ipv6lab.audit.asking import Client
    from ipv6lab.audit.criteria import audit
    from ipv6lab.audit.onnode import resolvers

    try:
        import dns.message  # noqa: F401
    except ImportError:
        raise Unsupported(_("An audit from here needs dnspython: pip install dnspython.")) from None
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((PUBLIC, 53))
        except OSError:
            raise Unsupported(
                _("This machine has no way to the Internet over IPv6; audit from one that has, or "
                  "from a node of a lab with --node.")
            ) from None  # fmt: skip
    client = Client(servers or resolvers())
    return [audit(client, one) for one in names]


def _on_node(options: argparse.Namespace, names: list[str]) -> list[Site]:
    import json

    from ipv6lab.audit.archive import archive, command
    from ipv6lab.audit.finding import Site
    from ipv6lab.cli.inside import entered

    lab, _running = entered(options.seat, options.node, options.any_node)
    said, trouble, status = b"", b"", 1
    with lab:
        channel = lab.open(
            "exec", node=options.node, argv=command(names, options.server), env={}, cwd=None,
            pty=None, record=False,
        )  # fmt: skip
        channel.send(archive())
        channel.end_input()
        for kind, data in channel:
            if kind == "O" and len(said) < ANSWER:
                said += data
            elif kind == "S" and len(trouble) < ANSWER:
                trouble += data
            elif kind == "X":
                status = int(data["status"])
    try:
        sites = [Site.from_json(json.loads(line)) for line in said.splitlines()]
    except (ValueError, RecursionError):
        sites = []
    if status or [one.name for one in sites] != names:
        reason = trouble.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise LabError(
            _("{node} could not do the audit: {reason}.", node=options.node,
              reason=(reason or [str(status)])[0].rstrip("."))
        )  # fmt: skip
    return sites
