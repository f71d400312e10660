"""Kea's pool for the phones has one address."""

from ipaddress import ip_network

from ipv6lab.expect import dhcp

GROUP = "dhcpv6"
TICKET = {
    "en": "Phones: ph1 works. Every other phone that we plug in gets no address: the server "
    "says it has none left.",
    "vi": "Điện thoại: ph1 chạy tốt. Mọi máy khác cắm thêm vào đều không có địa chỉ: máy "
    "chủ báo đã hết.",
}
CAUSE = {
    "en": "The pool of the phones in Kea on dhcp had a single address.",
    "vi": "Dải cấp phát cho điện thoại trong Kea trên dhcp chỉ có một địa chỉ.",
}
EDITS = [
    (
        "dhcp",
        "etc/kea/kea-dhcp6.conf",
        """\
"subnet": "{{ voip.prefix }}",
      "pools": [{"pool": "{{ voip.network }}1000-{{ voip.network }}1fff"}]""",
        """\
"subnet": "{{ voip.prefix }}",
      "pools": [{"pool": "{{ voip.network }}1000-{{ voip.network }}1000"}]""",
    ),
]
MEND = {
    "dhcp": "systemctl restart kea-dhcp6-server",
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
    "relay-forgets-phones",
}


def network(lab):
    return ip_network(lab.plan.voip.prefix)


def symptom(lab):
    pool = network(lab)[0x1000], network(lab)[0x1FFF]
    dhcp.leases_from_the_pool(lab, "voip", "hq-core", pool)


def mended(lab):
    pool = network(lab)[0x1000], network(lab)[0x1FFF]
    dhcp.leases_from_the_pool(lab, "voip", "hq-core", pool)
    dhcp.holds_a_lease(lab, "ph1", "voip", "hq-core", pool)
