"""Whose mail is taken for the domain's own: its SPF record, as other mail servers read it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from ipv6lab.expect import strangers
from ipv6lab.expect.conditions import _, require
from ipv6lab.probes import Failed
from ipv6lab.probes.asks import names
from ipv6lab.probes.seen import spf

if TYPE_CHECKING:
    from ipv6lab.probes import Lab

OPEN = {"pass", "temperror", "permerror"}  # what does not keep a stranger out
# What says nothing about a stranger: receivers treat both alike (RFC 7208 section 8.2).
SILENT = {"neutral", "none"}


def may_be_sent(
    lab: Lab,
    domain: str,
    *,
    server: object,
    by: Iterable[object],
    within: Iterable[object],
    client: str,
    root: object = None,
) -> None:
    """By the domain's record, as `server` has it, these addresses may send its mail, strangers not.

    `server` is a name server's address; what the record names in other zones is looked up from
    `root` on. `client` asks. `by` are addresses of both families. Strangers are drawn at random out
    of everything but the networks `within`, for each of their bits one that shares those before it.
    Follows RFC 7208.
    """
    asked = _Asked(lab, client, server, domain, root)
    holder = lab.whose(server)
    record = asked.record()
    for address in (ip_address(str(one)) for one in by):
        decision = spf.check_host(address, domain, asked.lookup)
        values = {"server": holder, "address": address, "record": record}
        require(
            decision.result not in ("permerror", "temperror"),
            _(
                "The SPF record that {server} has decides nothing, because of {flaw}: {record}",
                flaw=decision.flaw,
                **values,
            ),
        )
        require(
            decision.result == "pass",
            _("By the SPF record that {server} has, {address} may not send mail.", **values),
        )
    for stranger in strangers.around(within):
        decision = spf.check_host(stranger, domain, asked.lookup)
        require(
            decision.result not in SILENT,
            _(
                "The SPF record that {server} has says nothing about strangers: nobody need "
                "refuse what {address} sends as the domain's mail.",
                server=holder,
                address=stranger,
            ),
        )
        require(
            decision.result not in OPEN,
            _(
                "By the SPF record that {server} has, strangers may send the domain's mail: "
                "{address} may.",
                server=holder,
                address=stranger,
            ),
        )


class _Asked:
    """The DNS as one of the domain's servers has it, each question asked once."""

    def __init__(self, lab: Lab, client: str, server: object, domain: str, root: object) -> None:
        self.node, self.server, self.domain = lab.node(client), server, names.plain(domain)
        self.walker = None if root is None else names.Walker(self.node, [root])
        self.lookup = cache(self._lookup)

    def record(self) -> str:
        """The domain's one SPF record. Raises Failed where it has none, or more."""
        found = [str(one) for one in self.lookup(self.domain, "TXT")]
        policies = [one for one in found if one.lower().split(" ")[0] == "v=spf1"]
        require(
            len(policies) == 1,
            _(
                "{server} has not one SPF record, but {number}.",
                server=self.node.lab.whose(self.server),
                number=len(policies),
            ),
        )
        return policies[0]

    def _lookup(self, name: str, kind: str) -> list[object]:
        reply = self._ask(names.plain(name), kind)
        found: list[object] = []
        for record in reply.records(kind):
            if kind == "TXT":
                found.append(b"".join(record.strings).decode("latin-1"))
            elif kind in ("A", "AAAA"):
                found.append(ip_address(record.address))
            else:
                found.append(names.plain(record.exchange if kind == "MX" else record.target))
        return found

    def _ask(self, name: str, kind: str) -> names.Reply:
        inside = name == self.domain or name.endswith(f".{self.domain}")
        try:
            if inside or self.walker is None:
                reply = names.query(self.node, self.server, name, kind)
                if reply.truncated:
                    reply = names.query(self.node, self.server, name, kind, tcp=True)
                return reply
            return self.walker.resolve(name, kind).reply
        except Failed as failure:
            if name == self.domain and kind == "TXT":
                raise
            raise spf.TemporaryError(name) from failure
