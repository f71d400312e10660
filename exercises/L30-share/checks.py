"""What share of the agency's traffic is IPv6: of requests, octets and clients, of which network.

What was sent is known, since it was drawn, and nothing is measured here again. An answer may
differ from it by a percentage point, as counted headers and lost packets make it do.
"""

from ipv6lab.expect import measuring
from ipv6lab.grading import _, must, must_not

CLIENTS4 = ("isp-a.prefix4", "transit.prefix4")  # of the plan: where visitors with IPv4 are
NETWORKS = ("net1", "net2", "net3", "net4", "net5")
TARGET, LAST, LAST_MONTH = 90.0, 66.0, (2026, 11)  # of the months that nms has


def sent(lab, name):
    """What was drawn under a name, as a number."""
    return float(str(lab.plan[f"secret.{name}"]))


def with_monitor(lab):
    """The shares of requests and octets, were the monitor a visitor: 15 more for each 100."""
    return {f"web-{name}": (sent(lab, name) + 15) / 1.15 for name in ("requests", "octets")}


@must("M1", weight=25)
def the_portals_share_is_right(lab):
    """The share of IPv6 at the portal is right by requests, by octets and by clients."""
    mapped = (100.0, _("IPv4-mapped addresses have been counted as IPv6."))
    counted = _("The monitor's own questions have been counted as visitors'.")
    wrong = with_monitor(lab)
    for name in ("requests", "octets", "clients"):
        question = f"web-{name}"
        mistakes = [mapped, *((value, counted) for one, value in wrong.items() if one == question)]
        measuring.share_is(lab, question, sent(lab, name), mistakes=mistakes)


@must("M2", weight=10)
def tunnels_are_told_apart(lab):
    """IPv6 in tunnels is told apart on the dedicated network."""
    nothing = (0.0, _("Protocol 41 is IPv6 in IPv4, and has been taken for nothing but IPv4."))
    measuring.share_is(lab, "tslcd-tunnel", sent(lab, "tunnel"), mistakes=[nothing])


@must("M3", weight=15)
def translated_traffic_is_counted_once(lab):
    """Traffic through NAT64 is counted once, as what it is."""
    six, translated = sent(lab, "internet"), sent(lab, "nat64")
    twice = _("Octets through NAT64 have been counted with IPv6, and IPv4 has them as well.")
    control = _("ICMPv6 has been counted with what people use.")
    mistakes = [
        (100 * (six + translated) / (100 + translated), twice),
        (six + translated, twice),
        (100 * (six + 30) / 130, control),
        (100 * six * 5 / (six * 5 + (100 - six) * 2), _("Packets have been counted, not octets.")),
    ]
    measuring.share_is(lab, "internet-octets", six, mistakes=mistakes)
    measuring.share_is(lab, "nat64", translated)


@must("M4", weight=15)
def the_dedicated_network_is_measured_by_itself(lab):
    """The share of the dedicated network is right, apart from that of the Internet."""
    whole, tunnelled = sent(lab, "tslcd"), sent(lab, "tunnel")
    outer = _("IPv6 in tunnels has been counted as IPv4, by its outer header.")
    left_out = _("IPv6 in tunnels has been left out.")
    mistakes = [
        (whole - tunnelled, outer),
        (100 * (whole - tunnelled) / (100 - tunnelled), left_out),
    ]
    measuring.share_is(lab, "tslcd-octets", whole, mistakes=mistakes)


@must("M5", weight=15)
def who_could_is_not_who_does(lab):
    """Clients that can use IPv6 are told from clients that prefer it."""
    could, do = sent(lab, "capable"), sent(lab, "preferred")
    lines = (100 * (do + 60) / 160, _("Lines have been counted, and some clients load twice."))
    other = _("That is the share of those who use it, and not of those who can.")
    measuring.share_is(lab, "capable", could, mistakes=[(do, other)])
    measuring.share_is(lab, "preferred", do, mistakes=[lines])


@must("M6", weight=20)
def the_report_says_what_comes_next(lab):
    """Pace, date, first step and published networks are right."""
    pace = sent(lab, "pace")
    measuring.share_is(lab, "pace", pace, within=0.03)
    measuring.month_is(lab, "reached", LAST_MONTH, months=(TARGET - LAST) / pace)
    measuring.choice_is(
        lab,
        "first-office",
        str(lab.plan["secret.worst"]),
        among=("hn", "dn", "hcm"),
        mistakes={
            str(lab.plan["secret.worst.is"]): _(
                "The office with the smallest share has little traffic: another has more IPv4."
            )
        },
    )
    networks = [lab.plan[f"secret.{name}"] for name in NETWORKS]
    measuring.networks_are(lab, "published", [*networks, *(lab.plan[one] for one in CLIENTS4)])


@must_not("N1", weight=10)
def own_probes_are_no_visitors(lab):
    """The agency's own monitor is not counted among the visitors."""
    wrong = with_monitor(lab)
    why = _("The monitor's own questions have been counted.")
    for question in ("web-requests", "web-octets"):
        measuring.share_is_not(lab, question, wrong[question], by="M1", why=why)


@must_not("N2", weight=10)
def nobody_is_published(lab):
    """No address is published more exactly than by its /48 or /24."""
    measuring.truncated(lab, "published", six=48, four=24, by="M6")
