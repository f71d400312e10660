"""A switch that a controller has told who may be a router, a DHCPv6 server, and who is who."""

from ipv6lab.expect import guard, inspection, steered
from ipv6lab.expect.guard import BEHIND_HEADERS, FRAGMENTS, PLAIN, Ports
from ipv6lab.grading import must, must_not, still

DEADLINE = 60
SWITCH = "s1"
PORTS = Ports(
    network="guest",
    router="hq-core",
    router_link="guest",
    server="dhcp",
    server_link="guest-dhcp",
    access=("guest-1", "guest-2", "guest-3"),
    controller="c0",
    control="control",
)
CONTROLS = {"passes": "S3"}  # which check says whether ordinary frames pass
ROUTER = {"heard": "S1", **CONTROLS}
SERVER = {"heard": "S2", **CONTROLS}
NEIGHBOURS = {"own": "S4", **CONTROLS}


@must("M1", weight=10, alone=True)
def routers_are_heard_by_their_port_alone(lab):
    """Router Advertisements and Redirects die on guests' ports, whoever they seem to come from."""
    guard.lets_in_no_advertisement(lab, PORTS, [PLAIN], **ROUTER)
    guard.lets_in_no_redirect(lab, PORTS, [PLAIN], **ROUTER)


@must("M2", weight=15, alone=True)
def routers_are_not_played_behind_headers(lab):
    """Behind extension headers, in whatever order, they die too (RFC 7113)."""
    guard.lets_in_no_advertisement(lab, PORTS, BEHIND_HEADERS, **ROUTER)
    guard.lets_in_no_redirect(lab, PORTS, BEHIND_HEADERS, **ROUTER)


@must("M3", weight=20, alone=True)
def routers_are_not_played_in_fragments(lab):
    """In fragments they die too, wherever they are cut (RFC 7113, RFC 6980)."""
    guard.lets_in_no_advertisement(lab, PORTS, FRAGMENTS, **ROUTER)
    guard.lets_in_no_redirect(lab, PORTS, FRAGMENTS, **ROUTER)


@must("M4", weight=15, alone=True)
def dhcp_answers_die(lab):
    """Answers of DHCPv6 servers die on guests' ports, in all these forms (RFC 7610)."""
    guard.lets_in_no_dhcp_answer(lab, PORTS, [PLAIN], **SERVER)
    guard.new_hosts_hear_only_the_server(lab, PORTS)
    guard.lets_in_no_dhcp_answer(lab, PORTS, [*BEHIND_HEADERS, *FRAGMENTS], **SERVER)


@must("M5", weight=15, alone=True)
def addresses_are_not_claimed_by_others(lab):
    """What claims an address of another port's host dies on guests' ports (RFC 6620, RFC 4861)."""
    inspection.claims_die(lab, PORTS, **NEIGHBOURS)


@must("M6", weight=10, needs="M5", alone=True)
def addresses_are_not_claimed_in_disguise(lab):
    """Behind extension headers, in fragments and with an option twice it dies too (RFC 6980)."""
    inspection.claims_die_in_disguise(lab, PORTS, **NEIGHBOURS)


@must("M7", weight=5, needs="M5")
def who_is_silent_keeps_its_address(lab):
    """A host that has been silent for 20 s has not lost its address to others."""
    inspection.keeps_what_is_silent(lab, PORTS, **NEIGHBOURS)


@must("M8", weight=10, needs=("M1", "M4", "M5"), deadline=120, alone=True)
def the_controller_may_be_away(lab):
    """Without the controller all this still dies, and who talks goes on."""
    steered.guards_without_its_controller(lab, PORTS)


@must_not("N1", weight=10, alone=True)
def the_server_is_no_router(lab):
    """No Router Advertisement and no Redirect gets in from the DHCPv6 server's port."""
    forms = [PLAIN, *BEHIND_HEADERS, *FRAGMENTS]
    guard.server_is_no_router(lab, PORTS, forms, **ROUTER)


@must_not("N2", weight=15, alone=True)
def the_controller_is_not_asked(lab):
    """The controller is told nothing of what dies, and nothing of what known hosts say."""
    steered.controller_is_not_asked(lab, PORTS, **CONTROLS)


@still("S1", weight=20, alone=True)
def the_router_is_heard(lab):
    """hq-core is heard on every port: new hosts get their address and their router from it."""
    guard.router_is_heard(lab, PORTS)


@still("S2", weight=20, alone=True)
def the_server_is_heard(lab):
    """dhcp is heard on every port: new hosts are leased an address, of IPv4 too."""
    guard.server_is_heard(lab, PORTS)
    guard.ipv4_is_leased(lab, PORTS)


@still("S3", weight=20, alone=True)
def all_else_passes(lab):
    """All else passes: reports of listeners, every protocol, fragments, IPv4."""
    guard.passes_all_else(lab, PORTS, inspected=True)


@still("S4", weight=20, alone=True)
def neighbour_discovery_lives(lab):
    """Hosts are heard with all their addresses, and hear of it if they look for a taken one."""
    inspection.neighbours_live(lab, PORTS)


@still("S5", weight=15, alone=True)
def who_moves_takes_its_addresses_along(lab):
    """A host that is plugged in at another port is heard there within 5 s."""
    inspection.addresses_move(lab, PORTS)


@still("S6", weight=15, needs=("M1", "M4", "M5"), ruins=True, deadline=150)
def the_guard_comes_back(lab):
    """Switched off and on, the switch lets in nothing, and then guards as before."""
    steered.guards_after_reboots(lab, PORTS, SWITCH)
