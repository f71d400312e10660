"""Eight tickets, whatever was drawn: each is done when its symptom is gone and its cause mended as
it should be. Around them: nobody opens a door, switches IPv6 off, or breaks what worked."""

from ipv6lab.expect import hosts, reach, shut
from ipv6lab.grading import must, must_not, still
from ipv6lab.grading.tickets import done

DEADLINE = 90  # seconds for a ticket, on a busy machine


@must("M1", weight=13)
def the_first_ticket(lab):
    """What ticket 1 tells of is over, and its cause is mended."""
    done(lab, 1)


@must("M2", weight=12)
def the_second_ticket(lab):
    """What ticket 2 tells of is over, and its cause is mended."""
    done(lab, 2)


@must("M3", weight=13)
def the_third_ticket(lab):
    """What ticket 3 tells of is over, and its cause is mended."""
    done(lab, 3)


@must("M4", weight=12)
def the_fourth_ticket(lab):
    """What ticket 4 tells of is over, and its cause is mended."""
    done(lab, 4)


@must("M5", weight=13)
def the_fifth_ticket(lab):
    """What ticket 5 tells of is over, and its cause is mended."""
    done(lab, 5)


@must("M6", weight=12)
def the_sixth_ticket(lab):
    """What ticket 6 tells of is over, and its cause is mended."""
    done(lab, 6)


@must("M7", weight=13)
def the_seventh_ticket(lab):
    """What ticket 7 tells of is over, and its cause is mended."""
    done(lab, 7)


@must("M8", weight=12)
def the_eighth_ticket(lab):
    """What ticket 8 tells of is over, and its cause is mended."""
    done(lab, 8)


@must_not("N1", weight=25)
def nobody_opens_the_firewall(lab):
    """From the Internet one gets to the web site and to the name server, and nowhere else."""
    plan = lab.plan
    for suffix in ("", "4"):
        for target, address, ports in (
            ("www", plan[f"www.address{suffix}"], {"perhaps": (80,)}),
            ("ns1", plan[f"ns1.address{suffix}"], {"perhaps": (53,), "udp": (53,)}),
            # Where no fault of the catalogue opens anything, or leads another way.
            ("hq-core", plan[f"hq-fw--hq-core.hq-core{suffix}"], {}),
        ):
            shut.but_for(lab, "web-ext", target, address, opened="S1", **ports)


@still("S1", weight=20)
def ipv4_works_as_before(lab):
    """IPv4 works as before."""
    plan = lab.plan
    for node, target, address in (
        ("pc1", "www", plan.www.address4),
        ("ph1", "dhcp", plan.dhcp.address4),
        ("br-pc1", "dns-r", plan.servers.dns4),
        ("br-pc1", "web-ext", plan["web-ext.address4"]),
        ("web-ext", "ns1", plan.ns1.address4),
        ("dhcp", "br-pc1", plan["br-pc1.address4"]),
    ):
        reach.reaches(lab, lab.node(node), lab.node(target), address)
    lab.node("web-ext").open_port(lab.node("www"), plan.www.address4, 80)
    lab.node("br-pc1").open_port(lab.node("dns-r"), plan.servers.dns4, 53)


@still("S2", weight=20)
def every_machine_speaks_ipv6(lab):
    """Every machine still speaks IPv6 on each of its links."""
    hosts.speak_ipv6(lab, *lab.fabric.trainee)
