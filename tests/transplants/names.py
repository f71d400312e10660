"""What a name server may tell some and not others, or tell wrongly."""

from __future__ import annotations

from tests.transplants.answer import Answer, fault
from tests.transplants.reachability import filtered

# The server that is the trainee's, and the client that everybody has in mind.
SERVERS = {"L08": "dns-r", "L12": "dns-r", "L13": "ns1", "L32": "ns1"}
KNOWN = {
    "L08": "pc1.address4",
    "L12": "pc1.address4",
    "L13": "cli6.address",
    "L32": "cli6.address",
}
UNBOUND, ZONE = "etc/unbound/unbound.conf", "etc/nsd/agency.zone"


@fault(*SERVERS)
def known_client_alone(answer: Answer) -> None:
    """The client in the drawing is answered, and nobody beside it."""
    known = answer.plan[KNOWN[answer.exercise]]
    family = "ip6" if ":" in known else "ip"
    rule = f"{family} saddr != {known} meta l4proto {{ tcp, udp }} th dport 53 drop"
    filtered(answer, SERVERS[answer.exercise], f"'{rule}'", "input")


@fault(*SERVERS)
def few_source_ports(answer: Answer) -> None:
    """Questions are heard from a few ports only, and clients choose theirs (RFC 5452)."""
    filtered(answer, SERVERS[answer.exercise], "udp dport 53 udp sport '<' 61000 drop", "input")


@fault(*SERVERS)
def no_questions_by_tcp(answer: Answer) -> None:
    """An answer that does not fit into a datagram is not to be had (RFC 7766)."""
    filtered(answer, SERVERS[answer.exercise], "tcp dport 53 drop", "input")


@fault(*SERVERS)
def dead_address_beside(answer: Answer) -> None:
    """A name leads to an address besides that nobody has."""
    dead = "2001:db8:100:dd0::dead"
    if SERVERS[answer.exercise] == "ns1":
        lines = rf"\1\n        IN AAAA  {dead}"
        answer.edit("ns1", ZONE, r"^(www\s.*\n\s+IN AAAA.*)$", lines)
        return
    pattern = r'^(\s*local-data: "(?:www|app)\.\S+ )AAAA (\S+)"$'
    answer.edit("dns-r", UNBOUND, pattern, rf'\1AAAA \2"\n\1AAAA {dead}"')


@fault("L08", "L13")
def names_looked_up_for_strangers(answer: Answer) -> None:
    """Anybody may have names looked up: an open resolver (RFC 5358)."""
    if answer.exercise == "L08":
        answer.edit(
            "dns-r", UNBOUND, r"access-control: \S+:\S+ allow", "access-control: ::/0 allow"
        )
    else:
        recursion = "recursion yes; allow-recursion { any; };"
        answer.edit("ns2", "etc/bind/named.conf", "recursion no;", recursion)
