"""The model agency's whole network, and the parts of it that exercises are held on.

`WIRING` is the one place that says which interface of which node is on which link. A part of the
network is a subclass that names its nodes; names of nodes, interfaces and links are the same in
every part. ``topologies/plan.toml`` has the addresses, ``topologies/positions.toml`` the places in
the picture. Runs under Mininet's own `mn` too::

    mn --custom topologies/agency.py --topo staff --switch lxbr --controller none

`mn` takes over every name of this file: HOSTS, LINKS, SWITCHES and the like are its own.
"""

from mininet.topo import Topo

ROUTERS = (
    "isp-a",
    "isp-b",
    "inet",  # the rest of the Internet
    "ix",  # VNIX's route server
    "ts-pe1",  # the dedicated network of the Party and State agencies, TSLCD
    "ts-core",
    "ts-pe2",
    "ag2-br",  # partner agencies
    "ag3-br",
    "hq-br",  # head office: border, firewall, core
    "hq-fw",
    "hq-core",
    "br-dn",  # the branch in Đà Nẵng
)

MACHINES = (
    "vnnic",  # the root's mirror, .vn and ip6.arpa
    "web-ext",
    "v4only",
    "cli6",
    "cli4",
    "www",
    "ns1",
    "mx",
    "rproxy",
    "pc1",
    "pc2",
    "printer",
    "gst1",
    "rogue",
    "ph1",
    "dhcp",
    "dns-r",
    "app",
    "nms",
    "n6pc1",
    "br-pc1",
    "br-pc2",
    "ns2",
)

# Who stands in for a part of the network that an exercise leaves out; never in the whole.
STAND_IN_ROUTERS = ("r1", "r2", "gw", "rd-br", "ce1", "ce2")
STAND_IN_MACHINES = (
    *("gst2", "logsrv", "old4", "new6", "n6pc2", "ce1-pc", "ce2-pc", "br-ups"),
    "sw",  # a switch that the trainee configures: a bridge of its own, each port a link
    *("c0", "s1", "s2"),  # a controller and the two switches that it steers
)

# A name with "--" is a wire between two interfaces, any other a switch, which Linux bridges.
WIRING = {
    "staff": ("hq-core.staff", "pc1.eth0", "pc2.eth0", "printer.eth0"),
    "srv": ("hq-core.srv", "dhcp.eth0", "dns-r.eth0", "app.eth0"),
    "guest": ("hq-core.guest", "gst1.eth0", "rogue.eth0"),
    "voip": ("hq-core.voip", "ph1.eth0"),
    "mgmt": ("hq-core.mgmt", "nms.eth0"),
    "pilot": ("hq-core.pilot", "n6pc1.eth0"),
    "dmz": ("hq-fw.dmz", "www.eth0", "ns1.eth0", "mx.eth0", "rproxy.eth0"),
    "br-staff": ("br-dn.lan1", "br-pc1.eth0"),
    "br-guest": ("br-dn.lan2", "br-pc2.eth0"),
    "br-dmz": ("br-dn.dmz", "ns2.eth0"),
    "vnix": ("ix.vnix", "isp-b.vnix", "inet.vnix", "vnnic.eth0"),
    "outside": ("inet.lan", "web-ext.eth0", "v4only.eth0", "cli6.eth0", "cli4.eth0"),
    "inet--isp-a": ("inet.isp-a", "isp-a.inet"),
    "inet--isp-b": ("inet.isp-b", "isp-b.inet"),
    "isp-a--hq-br": ("isp-a.hq-br", "hq-br.isp-a"),
    "isp-b--hq-br": ("isp-b.hq-br", "hq-br.isp-b"),
    "hq-br--hq-fw": ("hq-br.fw", "hq-fw.wan"),
    "hq-fw--hq-core": ("hq-fw.core", "hq-core.fw"),
    "ts-pe1--hq-br": ("ts-pe1.hq-br", "hq-br.ts"),
    "ts-pe1--ts-core": ("ts-pe1.core", "ts-core.pe1"),
    "ts-core--ts-pe2": ("ts-core.pe2", "ts-pe2.core"),
    "ts-pe2--br-dn": ("ts-pe2.br-dn", "br-dn.wan"),
    "ts-pe1--ag2-br": ("ts-pe1.ag2-br", "ag2-br.ts"),
    "ts-pe2--ag3-br": ("ts-pe2.ag3-br", "ag3-br.ts"),
}

# Switches that only stand in, after the others so that these keep their dpid.
STAND_IN_SWITCHES = (
    *("transit", "access", "ce1-lan", "ce2-lan", "br-mgmt"),
    *("guest-dhcp", "guest-1", "guest-2", "guest-3", "guest-4"),  # sockets of the guests' switch
    "offices",
    *("staff-1", "staff-2", "staff-3", "staff-4", "staff-5"),  # sockets of s1 and s2
    *("cable-1", "cable-2", "control"),
)
BRIDGES = (*(name for name in WIRING if "--" not in name), *STAND_IN_SWITCHES)

# The 802.1Q VLAN that a switch's ports belong to, where the kernel's bridges know VLANs: the digits
# of the addressing plan's code for the network, or 200 for the DMZ, whose code has a letter.
VLANS = {
    "staff": 10,
    "guest": 20,
    "voip": 30,
    "srv": 40,
    "mgmt": 50,
    "pilot": 60,
    "dmz": 200,
    "br-staff": 10,
    "br-guest": 20,
    "br-mgmt": 50,
    "br-dmz": 200,
}

# What a packet takes on a long way, in each direction, where the kernel has netem.
DELAYS = {
    "inet--isp-a": "10ms",
    "inet--isp-b": "10ms",
    "isp-a--hq-br": "2ms",
    "isp-b--hq-br": "2ms",
    "ts-pe1--ts-core": "4ms",  # Hà Nội to Đà Nẵng
    "ts-core--ts-pe2": "4ms",
}

# Whom the addressing plan gives an address on lo.
LOOPBACKS = ("hq-br", "hq-fw", "hq-core", "br-dn", "ag2-br", "ag3-br", "vnnic")

# What the addressing plan calls a switch's network, where that is not the switch's own name.
NETWORKS = {
    "srv": "servers",
    "mgmt": "management",
    "br-staff": "branch-staff",
    "br-guest": "branch-guest",
    "br-dmz": "branch-dmz",
    "br-mgmt": "branch-management",
    "vnix": "vnix-lan",
    **dict.fromkeys(("guest-dhcp", "guest-1", "guest-2", "guest-3", "guest-4"), "guest"),
    **dict.fromkeys(("staff-1", "staff-2", "staff-3", "staff-4", "staff-5"), "staff"),
    **dict.fromkeys(("cable-1", "cable-2"), "staff"),
    "control": "management",
}


class Part(Topo):
    """A part of the network: the nodes it names, and the links that two of them are on."""

    # Its nodes, and where it differs from the whole: interfaces that are on another link here, by
    # that link.
    only = ROUTERS + MACHINES
    plugged = {}
    sockets = ()  # links on which there is one node alone: nobody is plugged in yet
    last = ()  # machines that come after all others, since they ask them
    hubs = ()  # switches that stand for a cable or a socket: they learn nothing
    loopbacks = ()  # the nodes of this part that have an address of their own on lo
    families = {}  # links on which only one protocol is spoken here, 4 or 6

    def build(self):
        links = self._links()
        for number, name in enumerate(BRIDGES, 1):
            if name in links:
                vlan = {"vlan": VLANS[name]} if name in VLANS else {}
                hub = {"hub": True} if name in self.hubs else {}
                network = NETWORKS.get(name, name)
                self.addSwitch(name, dpid=f"{number:x}", network=network, **vlan, **hub)
        for name in ROUTERS + STAND_IN_ROUTERS:
            if name in self.only:
                self.addHost(name, kind="router", loopback=name in self.loopbacks)
        for name in sorted(MACHINES + STAND_IN_MACHINES, key=self.last.__contains__):
            if name in self.only:
                self.addHost(name, loopback=name in self.loopbacks)
        for link, ends in links.items():
            if "--" in link:
                (one, one_interface), (two, two_interface) = ends
                way = {"delay": DELAYS[link]} if link in DELAYS else {}
                self.addLink(one, two, intfName1=one_interface, intfName2=two_interface, **way)
            else:
                for node, interface in ends:
                    self.addLink(node, link, intfName1=interface)

    def _links(self):
        """The links of this part, each with the nodes and interfaces on it."""
        plugged = {end for ends in self.plugged.values() for end in ends}
        links = {name: [end for end in ends if end not in plugged] for name, ends in WIRING.items()}
        for name, ends in self.plugged.items():
            links[name] = [*links.get(name, ()), *ends]
        mine = {
            name: [end.split(".") for end in ends if end.split(".")[0] in self.only]
            for name, ends in links.items()
        }
        return {name: ends for name, ends in mine.items() if len(ends) > 1 or name in self.sockets}


class Agency(Part):
    """The whole network: head office, branch, TSLCD, two providers, VNIX, partners, Internet."""

    loopbacks = LOOPBACKS


# SLAAC and Neighbour Discovery


class Desk(Part):
    """L01: an administrator's computer that is on no network yet."""

    only = ("nms",)


class TwoRouters(Part):
    """L02: two LANs with two routers between them; each router has one of hq-core's networks."""

    only = ("r1", "r2", "pc1", "app")
    plugged = {"staff": ("r1.staff",), "srv": ("r2.srv",), "r1--r2": ("r1.r2", "r2.r1")}


class Neighbours(Part):
    """L03: the two computers have been plugged into the servers' VLAN; hq-fw is outside it."""

    only = ("hq-fw", "hq-core", "pc1", "pc2", "app")
    plugged = {"srv": ("pc1.eth0", "pc2.eth0")}


class Staff(Part):
    """L04: two staff computers and an application server, one router between them.

    ::

        pc1 ──┐                                ┌── app
              ├── staff ── hq-core ── srv ─────┘
        pc2 ──┘
    """

    only = ("hq-core", "pc1", "pc2", "app")


class TwoGateways(Part):
    """L05: guests with two routers; r1 leads to the Internet, r2 to the servers."""

    only = ("r1", "r2", "gst1", "gst2", "web-ext", "app")
    plugged = {
        "guest": ("r1.guest", "r2.guest", "gst2.eth0"),
        "outside": ("r1.wan",),
        "srv": ("r2.srv",),
    }


class Identifiers(Part):
    """L06: a computer, its copy, and a server that logs who connects."""

    only = ("hq-core", "pc1", "pc2", "logsrv")
    plugged = {"srv": ("logsrv.eth0",)}


class Renumbering(Part):
    """L07: a staff computer, the application and its name server."""

    only = ("hq-fw", "hq-core", "pc1", "app", "ns1")


# DHCPv6


class Resolver(Part):
    """L08: the staff LAN and the resolver among the servers."""

    only = ("hq-core", "pc1", "pc2", "dns-r")


class Leases(Part):
    """L09: the DHCP server stands on the staff LAN itself; app is outside it."""

    only = ("hq-core", "pc1", "pc2", "printer", "dhcp", "app")
    plugged = {"staff": ("dhcp.eth0",)}


class Relay(Part):
    """L10: staff and VoIP LANs, and the central DHCP server behind their router."""

    only = ("hq-core", "pc1", "ph1", "dhcp")


class Delegation(Part):
    """L11: the dedicated network joins head office and its small offices like one switch."""

    only = ("hq-br", "br-dn", "br-pc1", "br-pc2", "app")
    plugged = {"offices": ("hq-br.ts", "br-dn.wan"), "srv": ("hq-br.fw",)}


# Dual stack, names, web


class DualStack(Part):
    """L12: servers of both families, of IPv4 only and of IPv6 only."""

    only = ("hq-core", "pc1", "dns-r", "app", "old4", "new6")
    plugged = {"srv": ("old4.eth0", "new6.eth0")}


class Names(Part):
    """L13: both name servers, the registry, what is named; `transit` is all between."""

    only = ("inet", "hq-fw", "br-dn", "vnnic", "ns1", "ns2", "www", "cli6")
    loopbacks = ("vnnic",)
    plugged = {"transit": ("inet.transit", "hq-fw.wan", "br-dn.wan", "vnnic.eth0")}


class Portal(Part):
    """L14: the portal with its reverse proxy and old back-end, and a client of each family."""

    only = ("hq-fw", "www", "rproxy", "ns1", "old4", "nms", "cli6", "cli4")
    plugged = {
        "outside": ("hq-fw.wan",),
        "srv": ("hq-fw.srv", "old4.eth0"),
        "mgmt": ("hq-fw.mgmt",),
    }


class BrokenWeb(Part):
    """L15: two computers, a second router without an uplink, a dual-stack site."""

    only = ("hq-fw", "hq-core", "r2", "pc1", "pc2", "dns-r", "www")
    plugged = {"staff": ("r2.staff",)}


# Tunnels and transition


# The agency's links to the dedicated network, and all between in one.
DEDICATED = ("ts-pe1--hq-br", "ts-pe1--ts-pe2", "ts-pe2--br-dn")


class Tunnel(Part):
    """L16: head office and branch at the two ends of the dedicated network."""

    only = ("hq-br", "ts-pe1", "ts-pe2", "br-dn", "br-pc1", "app")
    plugged = {"srv": ("hq-br.fw",), "ts-pe1--ts-pe2": ("ts-pe1.core", "ts-pe2.core")}
    families = dict.fromkeys(DEDICATED, 4)


class BlackHole(Part):
    """L17: the tunnel, with a firewall before the servers at head office."""

    only = ("hq-br", "hq-fw", "ts-pe1", "ts-pe2", "br-dn", "br-pc1", "www", "app")
    plugged = {"srv": ("hq-fw.core",), "ts-pe1--ts-pe2": ("ts-pe1.core", "ts-pe2.core")}
    families = dict.fromkeys(DEDICATED, 4)


class SixOnlyCore(Part):
    """L18: both ends have an old application and a management LAN; between them is IPv6 only."""

    only = ("hq-br", "ts-pe1", "ts-pe2", "br-dn", "br-pc1", "br-ups", "app", "nms")
    plugged = {
        "srv": ("hq-br.fw",),
        "mgmt": ("hq-br.mgmt",),
        "ts-pe1--ts-pe2": ("ts-pe1.core", "ts-pe2.core"),
        "br-mgmt": ("br-dn.mgmt", "br-ups.eth0"),
    }
    families = dict.fromkeys(DEDICATED, 6)


class RapidDeployment(Part):
    """L19: a provider's 6rd border relay and two customers on its IPv4 access network."""

    only = ("rd-br", "ce1", "ce2", "ce1-pc", "ce2-pc", "web-ext")
    plugged = {
        "access": ("rd-br.access", "ce1.wan", "ce2.wan"),
        "outside": ("rd-br.wan",),
        "ce1-lan": ("ce1.lan", "ce1-pc.eth0"),
        "ce2-lan": ("ce2.lan", "ce2-pc.eth0"),
    }


# Routing


class Interior(Part):
    """L20: the agency's own routers in a ring, and a computer at each end."""

    only = ("hq-br", "hq-fw", "hq-core", "br-dn", "pc1", "br-pc1")
    loopbacks = LOOPBACKS
    plugged = {
        "hq-br--br-dn": ("hq-br.ts", "br-dn.wan"),
        "hq-core--br-dn": ("hq-core.br-dn", "br-dn.wan2"),
    }


class Exterior(Part):
    """L21: the border router, both providers, the dedicated network and a partner."""

    only = ("hq-br", "hq-fw", "isp-a", "isp-b", "inet", "ts-pe1", "ag2-br", "web-ext")
    loopbacks = ("hq-br", "ag2-br")


# Security


class Firewall(Part):
    """L22: the firewall between the DMZ, a staff and a management computer, and outside."""

    only = ("hq-fw", "hq-core", "www", "mx", "pc1", "nms", "cli6", "cli4")
    plugged = {"outside": ("hq-fw.wan",)}


class Guard(Part):
    """L23: the guests' switch is the trainee's; on it are router, DHCP server, guests, an attacker.

    Each of its ports is a link of its own, and on guest-4 there is nobody yet.
    """

    only = ("hq-core", "dhcp", "sw", "gst1", "gst2", "rogue")
    plugged = {
        "guest": ("sw.core",),
        "guest-dhcp": ("dhcp.eth0", "sw.dhcp"),
        "guest-1": ("gst1.eth0", "sw.p1"),
        "guest-2": ("gst2.eth0", "sw.p2"),
        "guest-3": ("rogue.eth0", "sw.p3"),
        "guest-4": ("sw.p4",),
    }
    sockets = ("guest-4",)


class Spoofing(Part):
    """L24: staff and servers behind one router, an attacker on the LAN and one outside."""

    only = ("hq-core", "pc1", "rogue", "app", "cli6")
    plugged = {"staff": ("rogue.eth0",), "outside": ("hq-core.fw",)}


class Hidden(Part):
    """L25: an office behind an IPv4 firewall, and a tunnel server outside."""

    only = ("hq-fw", "pc1", "pc2", "rogue", "web-ext", "cli4")
    plugged = {"staff": ("hq-fw.core", "rogue.eth0"), "outside": ("hq-fw.wan",)}


# IPv6-only


class Pilot(Part):
    """L26: the pilot LAN and the management LAN behind a gateway to a world of both kinds."""

    only = ("inet", "gw", "n6pc1", "n6pc2", "nms", "web-ext", "v4only", "cli6")
    plugged = {
        "pilot": ("gw.pilot", "n6pc2.eth0"),
        "mgmt": ("gw.mgmt",),
        "transit": ("inet.transit", "gw.wan"),
    }


class Mostly(Part):
    """L27: a new computer and an old printer in the pilot LAN, the staff LAN beside it."""

    only = ("inet", "gw", "n6pc1", "printer", "pc1", "web-ext", "v4only")
    plugged = {
        "pilot": ("gw.pilot", "printer.eth0"),
        "staff": ("gw.staff",),
        "transit": ("inet.transit", "gw.wan"),
    }


class Translated(Part):
    """L28: two new computers in the pilot LAN, behind a gateway to a world of both kinds."""

    only = ("inet", "gw", "n6pc1", "n6pc2", "web-ext", "v4only")
    plugged = {
        "pilot": ("gw.pilot", "n6pc2.eth0"),
        "transit": ("inet.transit", "gw.wan"),
    }


class Hired(Part):
    """L31: a hired application and its front; staff, an IPv6-only pilot, old machines, offices."""

    only = ("hq-core", "app", "rproxy", "dns-r", "old4", "pc1", "n6pc1", "web-ext")
    plugged = {
        "srv": ("old4.eth0",),
        "dmz": ("hq-core.dmz",),
        "outside": ("hq-core.wan",),
    }


class Demilitarised(Part):
    """L32: the DMZ behind the firewall, a front on a cable of its own, clients of each family."""

    only = ("hq-fw", "rproxy", "www", "ns1", "mx", "nms", "web-ext", "cli6", "cli4")
    plugged = {
        "outside": ("hq-fw.wan",),
        "mgmt": ("hq-fw.mgmt",),
        "hq-fw--rproxy": ("hq-fw.rproxy", "rproxy.eth0"),
    }


# Operations


class Audited(Part):
    """L29: an auditor's computer, and a node that holds the sites of six agencies."""

    only = ("hq-fw", "nms", "web-ext")
    plugged = {"outside": ("hq-fw.wan",), "mgmt": ("hq-fw.mgmt",)}


class Measured(Part):
    """L30: the border that counts, the portal that logs, who uses them, and who measures."""

    only = ("hq-br", "ts-pe1", "www", "pc1", "nms", "web-ext")
    plugged = {
        "outside": ("hq-br.wan",),
        "dmz": ("hq-br.dmz",),
        "staff": ("hq-br.staff",),
        "mgmt": ("hq-br.mgmt",),
    }


# OpenFlow


class Steered(Part):
    """S1: the staff LAN on two switches that a controller steers, with two cables between them.

    Each port is a link of its own; on staff-3 and staff-5 there is nobody yet.
    """

    only = ("hq-core", "c0", "s1", "s2", "pc1", "pc2", "printer")
    plugged = {
        "staff": ("s1.core",),
        "staff-1": ("pc1.eth0", "s1.p1"),
        "staff-2": ("pc2.eth0", "s1.p2"),
        "staff-3": ("s1.p3",),
        "staff-4": ("printer.eth0", "s2.p4"),
        "staff-5": ("s2.p5",),
        "cable-1": ("s1.t1", "s2.t1"),
        "cable-2": ("s1.t2", "s2.t2"),
        "control": ("c0.eth0", "s1.ctl", "s2.ctl"),
    }
    sockets = ("staff-3", "staff-5")
    hubs = ("staff-1", "staff-2", "staff-3", "staff-4", "staff-5", "cable-1", "cable-2")


class Shielded(Part):
    """S2: the guests' switch is steered by a controller; router, DHCP server, a guest, an attacker.

    Each of its ports is a link of its own, and on guest-3 there is nobody yet.
    """

    only = ("hq-core", "dhcp", "c0", "s1", "gst1", "rogue")
    plugged = {
        "guest": ("s1.core",),
        "guest-dhcp": ("dhcp.eth0", "s1.dhcp"),
        "guest-1": ("gst1.eth0", "s1.p1"),
        "guest-2": ("rogue.eth0", "s1.p2"),
        "guest-3": ("s1.p3",),
        "control": ("c0.eth0", "s1.ctl"),
    }
    sockets = ("guest-3",)
    hubs = ("guest", "guest-dhcp", "guest-1", "guest-2", "guest-3")


# Trouble-shooting


class Exam(Part):
    """K1: head office and branch, of every subject a part, and one machine for the Internet."""

    only = (
        "hq-br",
        "hq-fw",
        "hq-core",
        "br-dn",
        "web-ext",
        "www",
        "ns1",
        "pc1",
        "pc2",
        "ph1",
        "dhcp",
        "dns-r",
        "br-pc1",
    )
    last = ("pc1", "ph1", "br-pc1")
    plugged = {"outside": ("hq-br.wan",), "hq-br--br-dn": ("hq-br.ts", "br-dn.wan")}
    families = {"hq-br--br-dn": 4}


topos = {
    "agency": Agency,
    "desk": Desk,
    "two-routers": TwoRouters,
    "neighbours": Neighbours,
    "staff": Staff,
    "two-gateways": TwoGateways,
    "identifiers": Identifiers,
    "renumbering": Renumbering,
    "resolver": Resolver,
    "leases": Leases,
    "relay": Relay,
    "delegation": Delegation,
    "dual-stack": DualStack,
    "names": Names,
    "portal": Portal,
    "broken-web": BrokenWeb,
    "tunnel": Tunnel,
    "black-hole": BlackHole,
    "six-only-core": SixOnlyCore,
    "rapid-deployment": RapidDeployment,
    "interior": Interior,
    "exterior": Exterior,
    "firewall": Firewall,
    "guard": Guard,
    "spoofing": Spoofing,
    "hidden": Hidden,
    "pilot": Pilot,
    "mostly": Mostly,
    "translated": Translated,
    "hired": Hired,
    "demilitarised": Demilitarised,
    "audited": Audited,
    "measured": Measured,
    "steered": Steered,
    "shielded": Shielded,
    "exam": Exam,
}
