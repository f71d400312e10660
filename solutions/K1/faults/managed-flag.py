"""hq-core does not send phones to DHCPv6."""

from ipaddress import ip_network

from ipv6lab.expect import advertisement, dhcp
from ipv6lab.grading import _

GROUP = "dhcpv6"
TICKET = {
    "en": "Phones: a phone that is plugged in has only its fe80 address. It does not even seem to "
    "ask for another; it says “no network” and stays silent.",
    "vi": "Điện thoại: máy cắm vào chỉ có địa chỉ fe80. Dường như nó không hề xin địa chỉ khác; "
    "máy báo “không có mạng” và im lặng.",
}
CAUSE = {
    "en": "radvd on hq-core advertised the VoIP VLAN without the M flag: phones never asked "
    "DHCPv6 for an address.",
    "vi": "radvd trên hq-core quảng bá VLAN VoIP không có cờ M: điện thoại không bao giờ xin địa "
    "chỉ qua DHCPv6.",
}
EDITS = [("hq-core", "etc/radvd.conf", "AdvManagedFlag on;", "AdvManagedFlag off;")]
MEND = {"hq-core": "systemctl restart radvd"}
FORBIDDEN = {
    "an address by hand": {
        "ph1": "ip address add {{ voip.network }}1234/{{ voip.length }} dev eth0 nodad",
    },
    "SLAAC instead": {
        "hq-core": "sed -i 's/AdvAutonomous off/AdvAutonomous on/' /etc/radvd.conf\n"
        "systemctl restart radvd",
    },
}
CLASHES = {
    "pool-of-another-vlan",
    "pool-of-one",
    "relay-forgets-phones",
}


def symptom(lab):
    network = ip_network(lab.plan.voip.prefix)
    lab.node("ph1").wait_address(
        lambda one: one.address in network, _("{node} has no address.", node="ph1"), within=12
    )


def mended(lab):
    network = ip_network(lab.plan.voip.prefix)
    advertisement.says(
        lab, "voip", "hq-core", managed=True, other=None, prefix=network, autonomous=False
    )
    dhcp.holds_a_lease(lab, "ph1", "voip", "hq-core", (network[0x1000], network[0x1FFF]))
