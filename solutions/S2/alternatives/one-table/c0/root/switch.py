"""The guests' switch with all its entries in one table: what is to be dropped stands first.

Who may not say something is named by the port: an entry for each port that is not trusted.
"""

from ipaddress import IPv6Address

from ryu.base import app_manager
from ryu.controller import ofp_event
from ryu.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from ryu.lib.packet import icmpv6, packet
from ryu.ofproto import ofproto_v1_3

TRUSTED = {"core": 200, "dhcp": 150}  # what comes in by these passes, from that priority on
FIRST = {"eth_type_nxm": 0x86DD, "ip_frag": (1, 3)}
ICMPV6 = {"eth_type": 0x86DD, "ip_proto": 58}
CLAIMS = (133, 135, 136)


class Switch(app_manager.RyuApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ports = {}  # name -> number
        self.at = {}  # address -> number of a port

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, event):
        switch = event.msg.datapath
        switch.send_msg(switch.ofproto_parser.OFPSetConfig(switch, 3, 0xFFFF))
        switch.send_msg(switch.ofproto_parser.OFPPortDescStatsRequest(switch, 0))

    @set_ev_cls(ofp_event.EventOFPPortDescStatsReply, MAIN_DISPATCHER)
    def described(self, event):
        switch = event.msg.datapath
        self.ports = {
            one.name.decode(): one.port_no
            for one in event.msg.body
            if one.port_no < ofproto_v1_3.OFPP_MAX
        }
        self.at = {}
        self.change(switch, switch.ofproto.OFPFC_DELETE, 0, {})
        for kind in (134, 137):
            self.drop(switch, 180, {**ICMPV6, "icmpv6_type": kind})
        for match in ({"ip_proto": 58, "icmpv6_type": 0}, {"ip_proto": 17, "udp_dst": 0}):
            self.drop(switch, 180, {**FIRST, **match})
        self.drop(switch, 180, {"eth_type": 0x86DD, "ip_proto": 0})
        self.drop(switch, 100, {"eth_type": 0x86DD, "ip_proto": 17, "udp_dst": 546})
        for kind in CLAIMS:
            self.drop(switch, 100, {**FIRST, "ip_proto": 58, "icmpv6_type": kind})
            self.pass_on(switch, 20, {**ICMPV6, "icmpv6_type": kind}, tell=True)
        self.drop(switch, 25, {**ICMPV6, "icmpv6_type": 136, "ipv6_nd_target": "::"})
        for name, priority in TRUSTED.items():
            if port := self.ports.get(name):
                self.pass_on(switch, priority, {"in_port": port})
                for kind in CLAIMS:
                    match = {**ICMPV6, "in_port": port, "icmpv6_type": kind}
                    self.pass_on(switch, priority + 1, match, tell=True)
        self.pass_on(switch, 0, {})

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, event):
        message = event.msg
        port, data = message.match["in_port"], message.data
        said = packet.Packet(data).get_protocol(icmpv6.icmpv6)
        source = str(IPv6Address(data[22:38]))
        if not said:
            return
        target = getattr(said.data, "dst", "::")
        address = target if said.type_ == 136 or source == "::" else source
        owner = self.at.get(address)
        trusted = port in (self.ports.get(name) for name in TRUSTED)
        if address != "::" and owner != port and (owner is None or trusted):
            self.forget(message.datapath, address)
            self.at[address] = port
            self.bind(message.datapath, address, port, trusted)

    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)
    def changed(self, event):
        switch, port = event.msg.datapath, event.msg.desc
        if port.state & 1:
            for address in [one for one, at in self.at.items() if at == port.port_no]:
                self.forget(switch, address)

    def bind(self, switch, address, port, trusted):
        """Other ports may not say it; at its own, and where somebody asks, nobody is told of it."""
        lowest = 210 if trusted else 40
        trusts = [self.ports.get(name) for name in TRUSTED]
        for kind in CLAIMS:
            match = {**ICMPV6, "icmpv6_type": kind}
            for other in self.ports.values():
                if other != port and other not in trusts:
                    self.drop(switch, 60, {**match, "in_port": other, "ipv6_src": address})
                    if kind == 136:
                        self.drop(
                            switch, 60, {**match, "in_port": other, "ipv6_nd_target": address}
                        )
            own = {**match, "in_port": port}
            key = "ipv6_nd_target" if kind == 136 else "ipv6_src"
            self.pass_on(switch, lowest, {**own, key: address})
        asked = {**ICMPV6, "icmpv6_type": 135, "ipv6_src": "::", "ipv6_nd_target": address}
        self.pass_on(switch, 70, asked)
        self.pass_on(switch, lowest, {**asked, "in_port": port})

    def forget(self, switch, address):
        if self.at.pop(address, None) is not None:
            delete = switch.ofproto.OFPFC_DELETE
            self.change(switch, delete, 0, {"eth_type": 0x86DD, "ipv6_src": address})
            for kind in (135, 136):
                match = {**ICMPV6, "icmpv6_type": kind, "ipv6_nd_target": address}
                self.change(switch, delete, 0, match)

    def drop(self, switch, priority, match):
        self.change(switch, switch.ofproto.OFPFC_ADD, priority, match)

    def pass_on(self, switch, priority, match, tell=False):
        parser, ofproto = switch.ofproto_parser, switch.ofproto
        actions = [parser.OFPActionOutput(ofproto.OFPP_NORMAL)]
        if tell:
            actions.insert(0, parser.OFPActionOutput(ofproto.OFPP_CONTROLLER, 0xFFFF))
        apply = parser.OFPInstructionActions(ofproto.OFPIT_APPLY_ACTIONS, actions)
        self.change(switch, ofproto.OFPFC_ADD, priority, match, [apply])

    def change(self, switch, command, priority, match, instructions=()):
        ofproto, parser = switch.ofproto, switch.ofproto_parser
        switch.send_msg(
            parser.OFPFlowMod(
                switch,
                command=command,
                priority=priority,
                out_port=ofproto.OFPP_ANY,
                out_group=ofproto.OFPG_ANY,
                match=parser.OFPMatch(**match),
                instructions=list(instructions),
            )
        )
