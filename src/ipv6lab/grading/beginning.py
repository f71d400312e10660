"""How a grading begins: the lab at rest, filmed, and not yet asked anything."""

from __future__ import annotations

import time

from ipv6lab.linux import tape
from ipv6lab.probes import Lab
from ipv6lab.probes.seen import slaac
from ipv6lab.probes.seen.fabric import Interface
from ipv6lab.wire import nd
from ipv6lab.words.message import _
from ipv6lab.words.waits import MAX_RTR_SOLICITATION_DELAY, RETRANS_TIMER

SETTLED = 10.0  # seconds; two by the protocol, more on a busy machine
GRACE = 0.3  # seconds that a busy machine may add to a protocol's own
# In seconds: a host that comes up waits for a while, looks for duplicates, then asks for a router
# itself.
QUIET = MAX_RTR_SOLICITATION_DELAY.seconds + RETRANS_TIMER.seconds


def settle(lab: Lab) -> None:
    """Wait until a lab that was just built is as it is when a trainee sits down at it.

    Duplicate Address Detection is over, and each host has heard those who advertise: one that asks
    is answered within 0.5 s, or within 3.5 s where they have just advertised (RFC 4861 §6.2.6).
    """
    _roll(lab)
    lab.settle(SETTLED)
    usable = time.time()
    hosts = [
        (name, interface)
        for name in lab.fabric.nodes
        for interface in lab.node(name).interfaces
        if _listens(lab, name, interface)
    ]

    def heard() -> bool:
        advertised = {one.link: one.time for one in lab.film.advertisements()}
        got = {
            (one.node, one.link)
            for one in lab.film.packets()
            if not one.sent and one.ip and one.ip.icmp_type == nd.ROUTER_ADVERTISEMENT
        }
        for name, interface in hosts:
            within = nd.SOLICITED_WITHIN if interface.link in advertised else nd.MAX_RA_DELAY_TIME
            if (name, interface.link) not in got and time.time() < usable + within + GRACE:
                return False
        return True

    lab.film.wait(heard, nd.SOLICITED_WITHIN + GRACE, _("waiting until hosts have heard routers"))
    lab.settle(SETTLED)


def look(lab: Lab) -> None:
    """Wait until Duplicate Address Detection is over, and film `QUIET` seconds before all asking.

    As long as its link-local address on a link is tentative, a router asks nobody there for
    neighbours, and drops what it should forward.
    """
    if lab.tape is not None:
        _roll(lab)
    lab.settle(SETTLED)
    if lab.tape is not None:
        since = lab.film.laid
        lab.film.wait(
            lambda: time.time() >= since + QUIET, QUIET, _("watching before anything is asked")
        )
        tape.write(lab.tape, tape.MARK, tape.ASKED)


def _roll(lab: Lab) -> None:
    """Wait until the film is being made. Raises TimeoutError."""
    if not lab.film.wait(lambda: lab.film.rolling, SETTLED, _("waiting for the film to begin")):
        raise TimeoutError("the film does not begin")


def _listens(lab: Lab, name: str, interface: Interface) -> bool:
    """Whether a node's kernel takes advertisements on an interface (accept_ra, forwarding)."""
    try:
        taken = slaac.setting(lab.node(name), interface.name, "accept_ra")
        forwards = slaac.setting(lab.node(name), interface.name, "forwarding")
        disabled = slaac.setting(lab.node(name), interface.name, "disable_ipv6")
    except OSError:
        return False  # a switch of the fabric
    return disabled == "0" and (taken == "2" or (taken == "1" and forwards == "0"))
