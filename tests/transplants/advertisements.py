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
