"""The guests' switch: it learns by itself where who is, and passes on everything."""

from ryu.base import app_manager
from ryu.controller import ofp_event
from ryu.controller.handler import CONFIG_DISPATCHER, set_ev_cls
from ryu.ofproto import ofproto_v1_3


class Switch(app_manager.RyuApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, event):
        switch = event.msg.datapath
        parser, ofproto = switch.ofproto_parser, switch.ofproto
        normal = [parser.OFPActionOutput(ofproto.OFPP_NORMAL)]
        switch.send_msg(
            parser.OFPFlowMod(
                switch,
                priority=0,
                match=parser.OFPMatch(),
                instructions=[parser.OFPInstructionActions(ofproto.OFPIT_APPLY_ACTIONS, normal)],
            )
        )
