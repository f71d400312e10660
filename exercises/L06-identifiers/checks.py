"""Which addresses a PC has, what they tell about it, and which of them it shows to others."""

from ipv6lab.expect import privacy
from ipv6lab.grading import must, must_not, still

DAY = 86400  # seconds
# Seconds: a PC may wait 1 before it asks, a router 3.5 before it answers, and the check for
# duplicates takes up to 2 (RFC 4861 sections 6.3.7 and 6.2.6, RFC 4862 section 5.4).
DEADLINE = 10


def prefixes(lab):
    """Both prefixes of the staff VLAN."""
    return [lab.plan.staff.prefix, lab.plan["staff-second.prefix"]]


def addresses_of_pc2(lab):
    """What pc2's secret gives it in both prefixes."""
    return [privacy.made_from_its_secret(lab, "pc2", prefix) for prefix in prefixes(lab)]


@must("M1", weight=20)
def no_address_shows_the_mac(lab):
    """No address of pc1 shows its MAC address, the link-local one included."""
    privacy.hides_its_mac(lab, "pc1", "staff", prefixes(lab))


@must("M2", weight=20, deadline=20, alone=True)
def a_stable_address_stays_and_is_no_trace(lab):
    """pc1 keeps its stable addresses, and their identifiers differ between the prefixes."""
    privacy.keeps_its_stable_addresses(lab, "pc1", "staff", prefixes(lab))


@must("M3", weight=20)
def what_goes_out_is_temporary(lab):
    """The log server sees a new connection of pc1 come from a temporary address."""
    logsrv = lab.plan.logsrv.address
    privacy.shows_temporary_addresses(lab, "pc1", "logsrv", logsrv, prefixes(lab))


@must("M4", weight=15)
def the_stable_address_is_reached(lab):
    """pc1 is reached at its stable addresses, which hide its MAC address."""
    privacy.is_reached_at_stable_addresses(lab, "pc1", prefixes(lab), source="logsrv")


@must("M5", weight=10)
def temporary_addresses_are_short_lived(lab):
    """A temporary address is preferred for one day at most, and valid for two."""
    privacy.temporary_addresses_end(lab, "pc1", prefixes(lab), preferred=DAY, valid=2 * DAY)


@must("M6", weight=15)
def the_secret_is_its_own(lab):
    """pc1's stable addresses come from a secret that is its own."""
    privacy.has_a_secret_of_its_own(lab, "pc1", "staff", prefixes(lab), unlike="pc2")


@must_not("N1", weight=10)
def the_stable_address_is_never_shown(lab):
    """No new connection of pc1 shows its stable address, wherever it leads."""
    targets = [
        ("logsrv", lab.plan.logsrv.address),
        ("hq-core", lab.plan.servers.router),
        *(("pc2", address) for address in addresses_of_pc2(lab)),
    ]
    privacy.never_shows_stable_addresses(lab, "pc1", targets, prefixes(lab), by="M3")


@still("S1", weight=10)
def everything_else_works_as_before(lab):
    """IPv4 works as before, and pc2 is reached as before."""
    pc1, pc2, logsrv = (lab.node(name) for name in ("pc1", "pc2", "logsrv"))
    pc1.ping(logsrv, lab.plan.logsrv.address4)
    logsrv.ping(pc1, lab.plan.pc1.address4)
    pc2.ping(pc1, lab.plan.pc1.address4)
    one, other = addresses_of_pc2(lab)
    logsrv.ping(pc2, one)
    logsrv.ping(pc2, other)
