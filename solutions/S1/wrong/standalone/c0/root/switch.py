"""A learning switch that knows IPv6: who is where, and who listens to which group.

Table 0 learns: a source that is known at its port passes, any other is told to the controller.
Table 1 forwards: to a host's port, to a group's members, else to everybody.
"""

from ipaddress import IPv6Address

from ryu.base import app_manager
from ryu.controller import ofp_event
from ryu.controller.handler import CONFIG_DISPATCHER, DEAD_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from ryu.lib.packet import ethernet, icmpv6, packet
from ryu.ofproto import ofproto_v1_3

CABLES = ("t1", "t2")
IDLE = 10  # seconds of silence after which a host is forgotten
LEARN, FORWARD = 0, 1  # tables
REPORTS = (icmpv6.MLD_LISTENER_REPOR, icmpv6.MLD_LISTENER_DONE, icmpv6.MLDV2_LISTENER_REPORT)
IPV6 = 0x86DD


class Switch(app_manager.RyuApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.switches = {}  # number of a switch -> the switch
        self.ports = {}  # number of a switch -> {name: port}, of those that are up
        self.hosts = {}  # MAC address -> (switch, port)
        self.groups = {}  # MAC address -> {(switch, port), ...}

    # Switches and their ports come and go

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, event):
        switch = event.msg.datapath
        switch.send_msg(switch.ofproto_parser.OFPPortDescStatsRequest(switch, 0))

    @set_ev_cls(ofp_event.EventOFPPortDescStatsReply, [CONFIG_DISPATCHER, MAIN_DISPATCHER])
    def described(self, event):
        switch = event.msg.datapath
        self.switches[switch.id] = switch
        self.ports[switch.id] = {
            one.name.decode(): one.port_no for one in event.msg.body if up(one)
        }
        self.lay_everything()

    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)
    def changed(self, event):
        switch, port = event.msg.datapath, event.msg.desc
        ports = self.ports.setdefault(switch.id, {})
        before = dict(ports)
        ports.pop(port.name.decode(), None)
        if event.msg.reason != switch.ofproto.OFPPR_DELETE and up(port):
            ports[port.name.decode()] = port.port_no
        if ports != before:
            self.lay_everything()

    @set_ev_cls(ofp_event.EventOFPStateChange, DEAD_DISPATCHER)
    def left(self, event):
        if self.switches.get(event.datapath.id) is event.datapath:
            del self.switches[event.datapath.id]

    # What hosts send

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, event):
        message = event.msg
        place = message.datapath.id, message.match["in_port"]
        if place[1] not in self.access(place[0]):
            return
        got = packet.Packet(message.data)
        source = got.get_protocol(ethernet.ethernet).src
        if int(source[:2], 16) & 1 == 0 and self.hosts.get(source) != place:
            self.forget(source)
            self.hosts[source] = place
            self.lay_host(source)
        if report := got.get_protocol(icmpv6.icmpv6):
            for group, listens in listeners(report):
                members = self.groups.setdefault(group, set())
                members.add(place) if listens else members.discard(place)
                self.lay_group(group)

    @set_ev_cls(ofp_event.EventOFPFlowRemoved, MAIN_DISPATCHER)
    def silent(self, event):
        message = event.msg
        source, port = message.match.get("eth_src"), message.match.get("in_port")
        idle = message.reason == message.datapath.ofproto.OFPRR_IDLE_TIMEOUT
        if idle and self.hosts.get(source) == (message.datapath.id, port):
            self.forget(source)

    # What is in the tables

    def cable(self):
        """The one cable that is used: the first that is plugged in at all switches."""
        plugged = [one for one in CABLES if all(one in ports for ports in self.ports.values())]
        return plugged[0] if plugged else None

    def access(self, number):
        return [port for name, port in self.ports[number].items() if name not in CABLES]

    def way(self, number, places):
        """The ports of a switch by which these places are reached."""
        ports = [
            port for switch, port in places if switch == number and port in self.access(number)
        ]
        if any(switch != number for switch, port in places):
            ports += self.cables(number)
        return ports

    def cables(self, number):
        port = self.ports[number].get(self.cable())
        return [] if port is None else [port]

    def lay_everything(self):
        for number, switch in self.switches.items():
            parser, ofproto = switch.ofproto_parser, switch.ofproto
            for table in (LEARN, FORWARD):
                switch.send_msg(
                    parser.OFPFlowMod(
                        switch,
                        table_id=table,
                        command=ofproto.OFPFC_DELETE,
                        out_port=ofproto.OFPP_ANY,
                        out_group=ofproto.OFPG_ANY,
                        match=parser.OFPMatch(),
                    )
                )
            tell = parser.OFPActionOutput(ofproto.OFPP_CONTROLLER, ofproto.OFPCML_NO_BUFFER)
            self.lay(switch, LEARN, 0, {}, [tell], then=FORWARD)
            for kind in REPORTS:
                match = {"eth_type": IPV6, "ip_proto": 58, "icmpv6_type": kind}
                self.lay(switch, LEARN, 20, match, [tell], then=FORWARD)
            for name in CABLES:
                if port := self.ports[number].get(name):
                    then = FORWARD if port in self.cables(number) else None
                    self.lay(switch, LEARN, 30, {"in_port": port}, [], then=then)
            everybody = [*self.access(number), *self.cables(number)]
            self.lay(switch, FORWARD, 0, {}, outputs(parser, everybody))
        self.hosts = {
            mac: (number, port)
            for mac, (number, port) in self.hosts.items()
            if port in self.access(number)
        }
        for mac in self.hosts:
            self.lay_host(mac)
        for group in self.groups:
            self.lay_group(group)

    def lay_host(self, mac):
        number, port = self.hosts[mac]
        if at := self.switches.get(number):
            self.lay(at, LEARN, 10, {"in_port": port, "eth_src": mac}, [], FORWARD, IDLE)
        for number, switch in self.switches.items():
            ports = self.way(number, [self.hosts[mac]])
            self.lay(switch, FORWARD, 10, {"eth_dst": mac}, outputs(switch.ofproto_parser, ports))

    def lay_group(self, group):
        """To the members alone; to everybody as long as none is known."""
        for number, switch in self.switches.items():
            if self.groups[group]:
                ports = self.way(number, self.groups[group])
                actions = outputs(switch.ofproto_parser, ports)
                self.lay(switch, FORWARD, 10, {"eth_dst": group}, actions)
            else:
                self.erase(switch, {"eth_dst": group})

    def forget(self, mac):
        """The host is gone, or elsewhere: whoever looks for it has to ask everybody."""
        if self.hosts.pop(mac, None):
            for switch in self.switches.values():
                self.erase(switch, {"eth_src": mac})
                self.erase(switch, {"eth_dst": mac})

    def lay(self, switch, table, priority, match, actions, then=None, idle=0):
        parser, ofproto = switch.ofproto_parser, switch.ofproto
        instructions = [parser.OFPInstructionActions(ofproto.OFPIT_APPLY_ACTIONS, actions)]
        if then is not None:
            instructions.append(parser.OFPInstructionGotoTable(then))
        switch.send_msg(
            parser.OFPFlowMod(
                switch,
                table_id=table,
                priority=priority,
                idle_timeout=idle,
                flags=ofproto.OFPFF_SEND_FLOW_REM if idle else 0,
                match=parser.OFPMatch(**match),
                instructions=instructions,
            )
        )

    def erase(self, switch, match):
        parser, ofproto = switch.ofproto_parser, switch.ofproto
        switch.send_msg(
            parser.OFPFlowMod(
                switch,
                table_id=ofproto.OFPTT_ALL,
                command=ofproto.OFPFC_DELETE,
                out_port=ofproto.OFPP_ANY,
                out_group=ofproto.OFPG_ANY,
                match=parser.OFPMatch(**match),
            )
        )


def up(port):
    """Whether a port of a switch has a cable with somebody at its end."""
    return port.port_no < ofproto_v1_3.OFPP_MAX and not (port.state | port.config) & 1


def outputs(parser, ports):
    return [parser.OFPActionOutput(port) for port in ports]


def listeners(report):
    """The solicited-node groups of a report, by MAC address, and whether one listens to them."""
    said = []
    if report.type_ == icmpv6.MLDV2_LISTENER_REPORT:
        for one in report.data.records:
            # To include nothing is to leave; to exclude something is to listen to all others.
            leaves = one.type_ in (icmpv6.MODE_IS_INCLUDE, icmpv6.CHANGE_TO_INCLUDE_MODE)
            said.append((one.address, not leaves or bool(one.srcs)))
    elif report.type_ in REPORTS:
        said.append((report.data.address, report.type_ == icmpv6.MLD_LISTENER_REPOR))
    for group, listens in said:
        if group.startswith("ff02::1:ff"):
            yield "33:33:" + IPv6Address(group).packed[12:].hex(":"), listens
