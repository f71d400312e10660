"""A switch that lets nobody be a router or a DHCPv6 server but those who are."""

from ipv6lab.expect import guard
from ipv6lab.expect.guard import BEHIND_HEADERS, FRAGMENTS, PLAIN, Ports
from ipv6lab.grading import must, must_not, still

DEADLINE = 60
SWITCH = "sw"
PORTS = Ports(
    network="guest",
    router="hq-core",
    router_link="guest",
    server="dhcp",
    server_link="guest-dhcp",
    access=("guest-1", "guest-2", "guest-3", "guest-4"),
)
CONTROLS = {"passes": "S3"}  # which check says whether ordinary frames pass
ROUTER = {"heard": "S1", **CONTROLS}
SERVER = {"heard": "S2", **CONTROLS}


@must("M1", weight=20, alone=True)
def advertisements_die(lab):
    """Router Advertisements die on the hosts' ports, whoever they seem to come from."""
    guard.lets_in_no_advertisement(lab, PORTS, [PLAIN], **ROUTER)
    guard.new_hosts_hear_only_the_router(lab, PORTS, SWITCH)


@must("M2", weight=20, alone=True)
def advertisements_die_behind_headers(lab):
    """Router Advertisements die behind extension headers too, in whatever order (RFC 7113)."""
    guard.lets_in_no_advertisement(lab, PORTS, BEHIND_HEADERS, **ROUTER)


@must("M3", weight=20, alone=True)
def advertisements_die_in_fragments(lab):
    """Router Advertisements die in fragments too, wherever they are cut (RFC 7113, RFC 6980)."""
    guard.lets_in_no_advertisement(lab, PORTS, FRAGMENTS, **ROUTER)


@must("M4", weight=10, alone=True)
def redirects_die(lab):
    """Redirects die on the hosts' ports in all these forms."""
    guard.lets_in_no_redirect(lab, PORTS, [PLAIN, *BEHIND_HEADERS, *FRAGMENTS], **ROUTER)


@must("M5", weight=15, alone=True)
def dhcp_answers_die(lab):
    """Answers of DHCPv6 servers die on the hosts' ports, whatever port they come from."""
    guard.lets_in_no_dhcp_answer(lab, PORTS, [PLAIN], **SERVER)
    guard.new_hosts_hear_only_the_server(lab, PORTS)


@must("M6", weight=15, alone=True)
def dhcp_answers_die_in_disguise(lab):
    """Answers of DHCPv6 servers die behind extension headers and in fragments too (RFC 7610)."""
    guard.lets_in_no_dhcp_answer(lab, PORTS, [*BEHIND_HEADERS, *FRAGMENTS], **SERVER)


@must_not("N1", weight=10, alone=True)
def the_server_is_no_router(lab):
    """No Router Advertisement and no Redirect gets in from the DHCPv6 server's port."""
    forms = [PLAIN, *BEHIND_HEADERS, *FRAGMENTS]
    guard.server_is_no_router(lab, PORTS, forms, **ROUTER)


@still("S1", weight=20, alone=True)
def the_router_is_heard(lab):
    """hq-core is heard on every port: new hosts get their address and their router from it."""
    guard.router_is_heard(lab, PORTS)


@still("S2", weight=20, alone=True)
def the_server_is_heard(lab):
    """dhcp is heard on every port: new hosts are leased an address."""
    guard.server_is_heard(lab, PORTS)


@still("S3", weight=20, alone=True)
def all_else_passes(lab):
    """All else passes: Neighbour Discovery, reports of listeners, every protocol, fragments."""
    guard.passes_all_else(lab, PORTS)


@still("S4", weight=10, alone=True)
def ipv4_is_leased(lab):
    """New hosts are offered an IPv4 address as before."""
    guard.ipv4_is_leased(lab, PORTS)


@still("S5", weight=15, needs=("M1", "M5"), ruins=True)
def the_guard_comes_back(lab):
    """After a reboot of the switch the guard is there again."""
    guard.guards_after_a_reboot(lab, PORTS, SWITCH, advertisements="S1", answers="S2", passes="S3")
