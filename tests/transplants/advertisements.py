"""What a router may get wrong in what it advertises."""

from __future__ import annotations

from tests.transplants.answer import Answer, fault

ADVERTISED = ("L04", "L05", "L08", "L09", "L10", "L11", "L12", "L19")
SLAAC = ("L04", "L05", "L08", "L11", "L12", "L19")
SECOND = "3fff:0:0:1::/64"  # nobody's in the agency


@fault(*SLAAC)
def lifetimes_too_short(answer: Answer) -> None:
    """Addresses are given up before the next advertisement comes."""
    short = (
        r"\1 {\n AdvOnLink on; AdvAutonomous on; AdvValidLifetime 5; AdvPreferredLifetime 4;\n};"
    )
    answer.radvd(r"^(\s*prefix [^\n{]*)\{[^}]*\};", short)


@fault(*SLAAC)
def second_prefix(answer: Answer) -> None:
    """A prefix is advertised that is nobody's here."""
    answer.radvd(r"^(\s*)(prefix )", rf"\1prefix {SECOND} {{ }};\n\1\2")


@fault(*ADVERTISED)
def unicast_only(answer: Answer) -> None:
    """Only who asks hears of the router, and forgets it when its lifetime is over."""
    answer.radvd(r"AdvSendAdvert on;", "AdvSendAdvert on; UnicastOnly on;")


@fault("L04", "L08", "L09", "L10", "L11", "L12", "L19")
def router_lifetime_zero(answer: Answer) -> None:
    """The router says that it is no default router."""
    answer.radvd(r"AdvSendAdvert on;", "AdvSendAdvert on; AdvDefaultLifetime 0;")


# Who advertises, and to whom, where the reference says so.
ROUTERS = {
    "L05": "r2", "L11": "br-dn", "L19": "ce1", "L26": "gw", "L27": "gw",
}  # fmt: skip
ASKED = (*ADVERTISED, "L26", "L27")
HEARS = "chain in { type filter hook input priority 0; icmpv6 type nd-router-solicit %s drop; }"


@fault(*ASKED)
def questions_dropped(answer: Answer) -> None:
    """A host that is switched on asks for a router and is not heard."""
    _deaf(answer, "")


@fault("L04", "L10", "L11")
def some_questions_dropped(answer: Answer) -> None:
    """Every other host that asks for a router is not heard, by its MAC address."""
    _deaf(answer, "ether saddr & 00:00:00:00:00:01 == 1")


def _deaf(answer: Answer, to: str) -> None:
    router = ROUTERS.get(answer.exercise, "hq-core")
    answer.type(router, f"nft 'table ip6 deaf {{ {HEARS % to}; }}'")
