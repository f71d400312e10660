"""The relay on hq-core does not listen in the VoIP VLAN."""

from ipaddress import ip_network

from ipv6lab.expect import dhcp, relay
from ipv6lab.grading import _

GROUP = "dhcpv6"
TICKET = {
    "en": "Phones: no phone gets an address. It asks and asks, says its display, and nobody "
    "answers. The computers of the staff do get their settings.",
    "vi": "Điện thoại: không máy nào nhận được địa chỉ. Màn hình cho biết máy cứ xin mãi mà không "
    "ai trả lời. Máy tính của nhân viên thì vẫn nhận được cấu hình.",
}
CAUSE = {
    "en": "The DHCPv6 relay on hq-core did not listen on the interface of the VoIP VLAN.",
    "vi": "Bộ chuyển tiếp DHCPv6 trên hq-core không lắng nghe trên giao diện của VLAN VoIP.",
}
EDITS = [("hq-core", "etc/dnsmasq.d/relay.conf", "interface=voip\n", "")]
MEND = {"hq-core": "systemctl restart dnsmasq", "ph1": "systemctl restart dhcpcd"}
FORBIDDEN = {
    "an address by hand": {
        "ph1": "ip address add {{ voip.network }}1234/{{ voip.length }} dev eth0 nodad",
    },
    "a second server": {
        "hq-core": "printf 'port=0\\ninterface=staff\\ninterface=voip\\n"
        "dhcp-relay={{ staff.router }},{{ dhcp.address }}\\n"
        "dhcp-range={{ voip.network }}1000,{{ voip.network }}1fff,1h\\n' "
        "> /etc/dnsmasq.d/relay.conf\nsystemctl restart dnsmasq",
        "ph1": "systemctl restart dhcpcd",
    },
}
CLASHES = set()


def symptom(lab):
    network = ip_network(lab.plan.voip.prefix)
    lab.node("ph1").wait_address(
        lambda one: one.address in network, _("{node} has no address.", node="ph1"), within=12
    )


def mended(lab):
    network = ip_network(lab.plan.voip.prefix)
    relay.relays(lab, "voip", "hq-core", server="dhcp", over="srv", prefix=network)
    dhcp.holds_a_lease(lab, "ph1", "voip", "hq-core", (network[0x1000], network[0x1FFF]))
