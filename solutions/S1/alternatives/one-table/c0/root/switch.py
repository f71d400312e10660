"""One table and packets out: an entry for each pair that talks, one for each group."""

import ipaddress

from ryu.base import app_manager
from ryu.controller import ofp_event
from ryu.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from ryu.lib import addrconv
from ryu.lib.packet import ethernet, icmpv6, packet
from ryu.ofproto import ofproto_v1_3 as of

MISS, PAIR, GROUP, REPORT, SPARE = 0, 10, 20, 30, 40  # priorities
MLD = {131, 132, 143}


class OneTable(app_manager.RyuApp):
    OFP_VERSIONS = [of.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.at = {}
        self.members = {}
        self.datapaths = {}
        self.names = {}

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def on_features(self, ev):
        dp = ev.msg.datapath
        dp.send_msg(dp.ofproto_parser.OFPPortDescStatsRequest(dp, 0))

    @set_ev_cls(ofp_event.EventOFPPortDescStatsReply, [CONFIG_DISPATCHER, MAIN_DISPATCHER])
    def on_ports(self, ev):
        dp = ev.msg.datapath
        self.datapaths[dp.id] = dp
        self.names[dp.id] = {}
        for port in ev.msg.body:
            self.note(dp.id, port)
        self.restart()

    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)
    def on_status(self, ev):
        gone = ev.msg.reason == of.OFPPR_DELETE
        if self.note(ev.msg.datapath.id, ev.msg.desc, gone):
            self.restart()

    def note(self, dpid, port, gone=False):
        up = not gone and port.port_no < of.OFPP_MAX and not port.state & of.OFPPS_LINK_DOWN
        old = self.names[dpid].pop(port.port_no, None)
        if up:
            self.names[dpid][port.port_no] = port.name.decode()
        return (old is not None) != up

    def used(self):
        both = [set(names.values()) for names in self.names.values()]
        there = set.intersection(*both) if both else set()
        return min((name for name in there if name.startswith("t")), default=None)

    def edge(self, dpid):
        return [no for no, name in self.names[dpid].items() if not name.startswith("t")]

    def trunk(self, dpid):
        return [no for no, name in self.names[dpid].items() if name == self.used()]

    def restart(self):
        """Begin anew with empty tables: what is known of groups stays, pairs are learnt again."""
        self.at.clear()
        for dpid, dp in self.datapaths.items():
            self.delete(dp)
            self.add(dp, MISS, [of.OFPP_CONTROLLER])
            for kind in MLD:
                match = {"eth_type": 0x86DD, "ip_proto": 58, "icmpv6_type": kind}
                self.add(dp, REPORT, [of.OFPP_CONTROLLER], **match)
            for no, name in self.names[dpid].items():
                if name.startswith("t") and name != self.used():
                    self.add(dp, SPARE, [], in_port=no)
        for group in self.members:
            self.group(group)

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def on_packet(self, ev):
        msg, dp = ev.msg, ev.msg.datapath
        port = msg.match["in_port"]
        pkt = packet.Packet(msg.data)
        eth = pkt.get_protocol(ethernet.ethernet)
        if port in self.edge(dp.id) and self.at.get(eth.src) != (dp.id, port):
            self.forget(eth.src)
            self.at[eth.src] = dp.id, port
        mld = pkt.get_protocol(icmpv6.icmpv6)
        if mld and mld.type_ in MLD and port in self.edge(dp.id):
            self.report(mld, (dp.id, port))
        outs = self.towards(dp.id, eth.dst)
        if eth.dst in self.at and outs:
            self.add(dp, PAIR, outs, idle=10, in_port=port, eth_src=eth.src, eth_dst=eth.dst)
        parser = dp.ofproto_parser
        actions = [parser.OFPActionOutput(no) for no in outs if no != port]
        dp.send_msg(parser.OFPPacketOut(dp, of.OFP_NO_BUFFER, port, actions, msg.data))

    @set_ev_cls(ofp_event.EventOFPFlowRemoved, MAIN_DISPATCHER)
    def on_removed(self, ev):
        if ev.msg.reason == of.OFPRR_IDLE_TIMEOUT:
            self.forget(ev.msg.match["eth_src"])

    def towards(self, dpid, mac):
        if mac in self.at:
            there, port = self.at[mac]
            return [port] if there == dpid else self.trunk(dpid)
        if self.members.get(mac):
            here = [port for there, port in self.members[mac] if there == dpid]
            return here + (self.trunk(dpid) if len(here) < len(self.members[mac]) else [])
        return self.edge(dpid) + self.trunk(dpid)

    def report(self, mld, place):
        if mld.type_ == 143:
            said = [(one.address, one.type_ in (1, 3) and not one.srcs) for one in mld.data.records]
        else:
            said = [(mld.data.address, mld.type_ == 132)]
        for address, leaves in said:
            if ipaddress.ip_address(address) in ipaddress.ip_network("ff02::1:ff00:0/104"):
                mac = (
                    "33:33:" + addrconv.mac.bin_to_text(addrconv.ipv6.text_to_bin(address)[10:])[6:]
                )
                known = self.members.setdefault(mac, set())
                known.discard(place) if leaves else known.add(place)
                self.group(mac)

    def group(self, mac):
        for dpid, dp in self.datapaths.items():
            if self.members[mac]:
                self.add(dp, GROUP, self.towards(dpid, mac), eth_dst=mac)
            else:
                self.delete(dp, eth_dst=mac)

    def forget(self, mac):
        if self.at.pop(mac, None):
            for dp in self.datapaths.values():
                self.delete(dp, eth_src=mac)
                self.delete(dp, eth_dst=mac)

    def add(self, dp, priority, outs, idle=0, **match):
        parser = dp.ofproto_parser
        actions = [parser.OFPActionOutput(no, of.OFPCML_NO_BUFFER) for no in outs]
        apply = parser.OFPInstructionActions(of.OFPIT_APPLY_ACTIONS, actions)
        flags = of.OFPFF_SEND_FLOW_REM if idle else 0
        dp.send_msg(
            parser.OFPFlowMod(
                dp,
                priority=priority,
                idle_timeout=idle,
                flags=flags,
                match=parser.OFPMatch(**match),
                instructions=[apply],
            )
        )

    def delete(self, dp, **match):
        parser = dp.ofproto_parser
        dp.send_msg(
            parser.OFPFlowMod(
                dp,
                command=of.OFPFC_DELETE,
                out_port=of.OFPP_ANY,
                out_group=of.OFPG_ANY,
                match=parser.OFPMatch(**match),
            )
        )
