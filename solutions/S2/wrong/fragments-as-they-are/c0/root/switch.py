"""The guests' switch: who may be a router, who a DHCPv6 server, and whose an address is.

Table 0 guards: what only routers and servers say passes from their ports alone. Neighbour
Discovery goes on to table 1, whose is the source, and table 2, whose is the target. What has come
through gets to table 3, which forwards.
"""

from ryu.base import app_manager
from ryu.controller import ofp_event
from ryu.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from ryu.lib.packet import icmpv6, ipv6, packet
from ryu.ofproto import ofproto_v1_3

ROUTER, SERVER = "core", "dhcp"  # the ports that are trusted
GUARD, SOURCE, TARGET, FORWARD = range(4)  # tables
READABLE = 3  # show ports and types in first fragments (ovs-ofctl set-frags nx-match)

IPV6 = {"eth_type": 0x86DD}
UDP = {**IPV6, "ip_proto": 17}
ICMPV6 = {**IPV6, "ip_proto": 58}
ASKS_ROUTERS, ADVERTISES, ASKS, ANSWERS, REDIRECTS = (
    {**ICMPV6, "icmpv6_type": kind} for kind in range(133, 138)
)
# A fragment, and not a later one; by Nicira's name for the type, which has to come before it.
FIRST = {"eth_type_nxm": 0x86DD, "ip_frag": (1, 3)}
NOBODY = "::"


class Switch(app_manager.RyuApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.trusted = {}  # number of a port -> its name
        self.owners = {}  # address -> number of a port

    # The switch and its ports come and go

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, event):
        switch = event.msg.datapath
        switch.send_msg(switch.ofproto_parser.OFPPortDescStatsRequest(switch, 0))

    @set_ev_cls(ofp_event.EventOFPPortDescStatsReply, [CONFIG_DISPATCHER, MAIN_DISPATCHER])
    def described(self, event):
        switch = event.msg.datapath
        names = {one.port_no: one.name.decode() for one in event.msg.body}
        self.trusted = {no: name for no, name in names.items() if name in (ROUTER, SERVER)}
        self.owners = {}
        self.erase(switch, {})
        self.lay_everything(switch)

    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)
    def changed(self, event):
        """Who is unplugged takes his addresses along."""
        port = event.msg.desc
        if event.msg.reason == event.msg.datapath.ofproto.OFPPR_DELETE or port.state & 1:
            for address in [one for one, at in self.owners.items() if at == port.port_no]:
                self.forget(event.msg.datapath, address)

    # What hosts say of addresses

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, event):
        message = event.msg
        port = message.match["in_port"]
        got = packet.Packet(message.data)
        outer, said = got.get_protocol(ipv6.ipv6), got.get_protocol(icmpv6.icmpv6)
        if not outer or not said:
            return
        address = outer.src
        if said.type_ == icmpv6.ND_NEIGHBOR_ADVERT or address == NOBODY:
            address = getattr(said.data, "dst", NOBODY)
        if address == NOBODY or self.owners.get(address) == port:
            return
        if address not in self.owners or port in self.trusted:
            self.forget(message.datapath, address)
            self.owners[address] = port
            self.lay_owner(message.datapath, address, port)

    # What is in the tables

    def lay_everything(self, switch):
        """From the last table to the first: nothing passes before it is guarded."""
        ofproto, parser = switch.ofproto, switch.ofproto_parser
        tell = parser.OFPActionOutput(ofproto.OFPP_CONTROLLER, ofproto.OFPCML_NO_BUFFER)
        normal = parser.OFPActionOutput(ofproto.OFPP_NORMAL)
        self.lay(switch, FORWARD, 0, {}, actions=[normal])
        self.lay(switch, TARGET, 0, {}, FORWARD, [tell])
        self.lay(switch, TARGET, 5, {**ANSWERS, "ipv6_nd_target": NOBODY})
        self.lay(switch, SOURCE, 0, {}, TARGET)
        for port in self.trusted:
            self.lay(switch, TARGET, 15, {"in_port": port}, FORWARD, [tell])
            self.lay(switch, SOURCE, 30, {"in_port": port}, TARGET)
        for name, priority in ((ROUTER, 60), (SERVER, 40)):
            for port in [one for one, is_ in self.trusted.items() if is_ == name]:
                self.lay(switch, GUARD, priority, {"in_port": port}, FORWARD)
                for kind in (ASKS_ROUTERS, ASKS, ANSWERS):
                    self.lay(switch, GUARD, priority + 1, {**kind, "in_port": port}, SOURCE)
        self.lay(switch, GUARD, 50, ADVERTISES)
        self.lay(switch, GUARD, 50, REDIRECTS)
        # A first fragment that ends before its type or port, or within the headers before.
        self.lay(switch, GUARD, 50, {**FIRST, "ip_proto": 58, "icmpv6_type": 0})
        self.lay(switch, GUARD, 50, {**FIRST, "ip_proto": 17, "udp_dst": 0})
        self.lay(switch, GUARD, 50, {**IPV6, "ip_proto": 0})
        for kind in (ASKS_ROUTERS, ASKS, ANSWERS):
            in_pieces = {**FIRST, "ip_proto": 58, "icmpv6_type": kind["icmpv6_type"]}
            self.lay(switch, GUARD, 35, in_pieces)
            self.lay(switch, GUARD, 30, kind, SOURCE)
        self.lay(switch, GUARD, 30, {**UDP, "udp_dst": 546})
        self.lay(switch, GUARD, 0, {}, FORWARD)

    def lay_owner(self, switch, address, port):
        source, target = {**IPV6, "ipv6_src": address}, {"ipv6_nd_target": address}
        self.lay(switch, TARGET, 20, {**ANSWERS, **target, "in_port": port}, FORWARD)
        self.lay(switch, TARGET, 10, {**ANSWERS, **target})
        # Whoever asks whether an address is taken is to hear that it is.
        self.lay(switch, TARGET, 20, {**ASKS, **target, "ipv6_src": NOBODY}, FORWARD)
        for kind in (ASKS, ASKS_ROUTERS):
            self.lay(switch, TARGET, 18, {**kind, **source, "in_port": port}, FORWARD)
        self.lay(switch, SOURCE, 20, {**source, "in_port": port}, TARGET)
        self.lay(switch, SOURCE, 10, source)

    def forget(self, switch, address):
        if self.owners.pop(address, None) is not None:
            self.erase(switch, {**IPV6, "ipv6_src": address})
            for kind in (ASKS, ANSWERS):
                self.erase(switch, {**kind, "ipv6_nd_target": address})

    def lay(self, switch, table, priority, match, then=None, actions=()):
        """An entry that does so, and goes on to the table `then`; without both it drops."""
        parser = switch.ofproto_parser
        apply = switch.ofproto.OFPIT_APPLY_ACTIONS
        instructions = [parser.OFPInstructionActions(apply, actions)] if actions else []
        if then is not None:
            instructions.append(parser.OFPInstructionGotoTable(then))
        switch.send_msg(
            parser.OFPFlowMod(
                switch,
                table_id=table,
                priority=priority,
                match=parser.OFPMatch(**match),
                instructions=instructions,
            )
        )

    def erase(self, switch, match):
        """Take away what the match covers, in all tables."""
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
