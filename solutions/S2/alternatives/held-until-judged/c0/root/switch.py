"""The guests' switch by what is allowed: of what hosts say of addresses nothing passes unjudged.

A claim that is in no entry is held back, judged here, and sent on from here. And the switch knows
by entries, not by itself, where who is: table LEARN tells of new MAC addresses, table SEND leads
to those that are known.
"""

from ryu.base import app_manager
from ryu.controller import ofp_event
from ryu.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from ryu.lib.packet import ethernet, icmpv6, ipv6, packet
from ryu.ofproto import ofproto_v1_3

KINDS, CLAIMS, LEARN, SEND = 0, 1, 2, 3
JUDGE, MOVED = 1, 2  # cookies: why something is told
IPV6 = {"eth_type": 0x86DD}
ICMPV6 = {**IPV6, "ip_proto": 58}
FIRST = {"eth_type_nxm": 0x86DD, "ip_frag": (1, 3)}
SAYS = {133: "ipv6_src", 135: "ipv6_src", 136: "ipv6_nd_target"}


class Switch(app_manager.RyuApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ports = {}  # number -> name
        self.owners = {}  # address -> number of a port
        self.cards = {}  # MAC address -> number of a port

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, event):
        switch = event.msg.datapath
        switch.send_msg(switch.ofproto_parser.OFPPortDescStatsRequest(switch, 0))

    @set_ev_cls(ofp_event.EventOFPPortDescStatsReply, MAIN_DISPATCHER)
    def described(self, event):
        switch = event.msg.datapath
        ofproto, parser = switch.ofproto, switch.ofproto_parser
        self.ports = {
            one.port_no: one.name.decode()
            for one in event.msg.body
            if one.port_no < ofproto.OFPP_MAX
        }
        self.owners, self.cards = {}, {}
        switch.send_msg(parser.OFPSetConfig(switch, 3, ofproto.OFPCML_NO_BUFFER))
        self.erase(switch, {})
        tell = parser.OFPActionOutput(ofproto.OFPP_CONTROLLER, ofproto.OFPCML_NO_BUFFER)
        flood = parser.OFPActionOutput(ofproto.OFPP_FLOOD)
        self.lay(switch, SEND, 0, {}, [flood])
        self.lay(switch, LEARN, 0, {}, [tell], SEND, MOVED)
        self.lay(switch, CLAIMS, 0, {}, [tell], cookie=JUDGE)
        self.lay(switch, CLAIMS, 1, {**ICMPV6, "icmpv6_type": 133, "ipv6_src": "::"}, then=LEARN)
        self.lay(switch, CLAIMS, 1, {**ICMPV6, "icmpv6_type": 136, "ipv6_nd_target": "::"})
        self.lay(switch, KINDS, 0, {}, then=LEARN)
        for kind in SAYS:
            self.lay(switch, KINDS, 10, {**ICMPV6, "icmpv6_type": kind}, then=CLAIMS)
        for port, name in self.ports.items():
            if name in ("core", "dhcp"):
                self.lay(switch, CLAIMS, 2, {"in_port": port}, [tell], LEARN, JUDGE)
            if name == "core":
                continue
            here = {"in_port": port}
            unread = [(58, "icmpv6_type", 134), (58, "icmpv6_type", 137)]
            for protocol, field, value in unread:
                self.lay(switch, KINDS, 20, {**here, **IPV6, "ip_proto": protocol, field: value})
            unread = [(58, "icmpv6_type", 0), (17, "udp_dst", 0)]
            if name != "dhcp":
                unread += [(58, "icmpv6_type", kind) for kind in SAYS]
                self.lay(switch, KINDS, 20, {**here, **IPV6, "ip_proto": 17, "udp_dst": 546})
            for protocol, field, value in unread:
                self.lay(switch, KINDS, 20, {**here, **FIRST, "ip_proto": protocol, field: value})
            self.lay(switch, KINDS, 20, {**here, **IPV6, "ip_proto": 0})

    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)
    def changed(self, event):
        switch, port = event.msg.datapath, event.msg.desc.port_no
        if event.msg.desc.state & 1:
            for card in [one for one, at in self.cards.items() if at == port]:
                self.forget_card(switch, card)
            for address in [one for one, at in self.owners.items() if at == port]:
                self.disown(switch, address)

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, event):
        message = event.msg
        port = message.match["in_port"]
        got = packet.Packet(message.data)
        if message.cookie == MOVED:
            self.place(message.datapath, got.get_protocol(ethernet.ethernet).src, port)
        elif message.cookie == JUDGE:
            allowed = self.may(message.datapath, got, port)
            if allowed and self.ports.get(port) not in ("core", "dhcp"):
                self.send_on(message.datapath, message.data, port)

    def place(self, switch, card, port):
        if int(card[:2], 16) & 1 or self.cards.get(card) == port:
            return
        self.forget_card(switch, card)
        self.cards[card] = port
        output = switch.ofproto_parser.OFPActionOutput(port)
        self.lay(switch, SEND, 10, {"eth_dst": card}, [output])
        self.lay(switch, LEARN, 10, {"in_port": port, "eth_src": card}, then=SEND)

    def may(self, switch, got, port):
        """Whether this may be said at this port; what is nobody's becomes his who says it first."""
        outer, said = got.get_protocol(ipv6.ipv6), got.get_protocol(icmpv6.icmpv6)
        if outer is None or said is None:
            return False
        target = getattr(said.data, "dst", "::")
        trusted = self.ports.get(port) in ("core", "dhcp")
        if outer.src != "::" and self.owners.get(outer.src, port) != port and not trusted:
            return False
        address = target if said.type_ == 136 or outer.src == "::" else outer.src
        if self.owners.get(address, port) != port and not trusted:
            return said.type_ == 135 and outer.src == "::"
        if self.owners.get(address) != port and address != "::":
            self.disown(switch, address)
            self.owners[address] = port
            self.own(switch, address, port)
        return True

    def own(self, switch, address, port):
        for kind, field in SAYS.items():
            match = {**ICMPV6, "icmpv6_type": kind}
            for other, name in self.ports.items():
                if other != port and name not in ("core", "dhcp"):
                    # A foreign source is worse than a target of one's own.
                    self.lay(switch, CLAIMS, 30, {**match, "in_port": other, "ipv6_src": address})
                    self.lay(switch, CLAIMS, 30, {**match, "in_port": other, field: address})
            self.lay(switch, CLAIMS, 20, {**match, "in_port": port, field: address}, then=LEARN)
        asked = {**ICMPV6, "icmpv6_type": 135, "ipv6_src": "::", "ipv6_nd_target": address}
        self.lay(switch, CLAIMS, 40, asked, then=LEARN)

    def disown(self, switch, address):
        if self.owners.pop(address, None) is not None:
            self.erase(switch, {**IPV6, "ipv6_src": address})
            for kind in (135, 136):
                self.erase(switch, {**ICMPV6, "icmpv6_type": kind, "ipv6_nd_target": address})

    def forget_card(self, switch, card):
        if self.cards.pop(card, None) is not None:
            self.erase(switch, {"eth_src": card})
            self.erase(switch, {"eth_dst": card})

    def send_on(self, switch, data, port):
        """What was held back, to everybody; the next one finds an entry."""
        parser, ofproto = switch.ofproto_parser, switch.ofproto
        switch.send_msg(
            parser.OFPPacketOut(
                switch,
                buffer_id=ofproto.OFP_NO_BUFFER,
                in_port=port,
                actions=[parser.OFPActionOutput(ofproto.OFPP_FLOOD)],
                data=data,
            )
        )

    def lay(self, switch, table, priority, match, actions=(), then=None, cookie=0):
        parser, ofproto = switch.ofproto_parser, switch.ofproto
        done = [parser.OFPInstructionActions(ofproto.OFPIT_APPLY_ACTIONS, list(actions))]
        if then is not None:
            done.append(parser.OFPInstructionGotoTable(then))
        switch.send_msg(
            parser.OFPFlowMod(
                switch,
                cookie=cookie,
                table_id=table,
                priority=priority,
                match=parser.OFPMatch(**match),
                instructions=done if actions or then is not None else [],
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
