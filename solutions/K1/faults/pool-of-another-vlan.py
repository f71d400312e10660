"""Kea has the phones' pool in another VLAN's subnet."""

from ipaddress import ip_network

from ipv6lab.expect import dhcp
from ipv6lab.grading import _

GROUP = "dhcpv6"
TICKET = {
    "en": "Phones: none gets an address. The server does answer, and says each time that it "
    "has none for us.",
    "vi": "Điện thoại: không máy nào có địa chỉ. Máy chủ có trả lời, nhưng lần nào cũng báo "
    "không có địa chỉ cho chúng tôi.",
}
CAUSE = {
    "en": "The subnet of the phones in Kea on dhcp was that of another VLAN: for the "
    "relay's link-address there was none.",
    "vi": "Mạng con của điện thoại trong Kea trên dhcp là của VLAN khác: với link-address "
    "của bộ chuyển tiếp thì không có mạng con nào.",
}
EDITS = [
    (
        "dhcp",
        "etc/kea/kea-dhcp6.conf",
        """\
"subnet": "{{ voip.prefix }}",
      "pools": [{"pool": "{{ voip.network }}1000-{{ voip.network }}1fff"}]""",
        """\
"subnet": "{{ pilot.prefix }}",
      "pools": [{"pool": "{{ pilot.network }}1000-{{ pilot.network }}1fff"}]""",
    ),
]
MEND = {
    "dhcp": "systemctl restart kea-dhcp6-server",
    "ph1": "systemctl restart dhcpcd",
}
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
    "pool-of-one",
    "relay-forgets-phones",
}


def network(lab):
    return ip_network(lab.plan.voip.prefix)


def symptom(lab):
    lab.node("ph1").wait_address(
        lambda one: one.address in network(lab), _("{node} has no address.", node="ph1"), within=12
    )


def mended(lab):
    pool = network(lab)[0x1000], network(lab)[0x1FFF]
    dhcp.leases_from_the_pool(lab, "voip", "hq-core", pool)
    dhcp.holds_a_lease(lab, "ph1", "voip", "hq-core", pool)
