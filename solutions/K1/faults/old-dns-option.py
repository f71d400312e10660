"""Kea tells the address of a DNS server that is gone."""

from ipv6lab.expect import dhcp

GROUP = "dhcpv6"
TICKET = {
    "en": "Staff and phones: nothing with a name is found over IPv6. The DNS server that our "
    "devices were given does not answer.",
    "vi": "Nhân viên và điện thoại: qua IPv6 không tra được tên nào. Máy chủ DNS mà thiết bị của "
    "chúng tôi được cấp không trả lời.",
}
CAUSE = {
    "en": "The option dns-servers of Kea on dhcp named a server that is no longer there.",
    "vi": "Tùy chọn dns-servers của Kea trên dhcp vẫn ghi một máy chủ nay không còn.",
}
EDITS = [
    (
        "dhcp",
        "etc/kea/kea-dhcp6.conf",
        '"dns-servers", "data": "{{ servers.dns }}"',
        '"dns-servers", "data": "{{ servers.network }}35"',
    ),
]
MEND = {
    "dhcp": "systemctl restart kea-dhcp6-server",
    # Whoever has asked asks again tomorrow.
    "pc1": "systemctl restart dhcpcd",
    "ph1": "systemctl restart dhcpcd",
}
FORBIDDEN = {
    "the old address on dns-r": {
        "dns-r": "ip address add {{ servers.network }}35/{{ servers.length }} dev eth0 nodad\n"
        "sed -i 's/    ip-freebind: yes/&\\n    interface: {{ servers.network }}35/' "
        "/etc/unbound/unbound.conf\nsystemctl restart unbound",
    },
    "typed on the computer": {
        "pc1": "printf 'search {{ agency.domain }}\\nnameserver {{ servers.dns }}\\n' > "
        "/etc/resolv.conf",
    },
}
CLASHES = {
    "other-flag",
    "rogue-dhcpv6",
}


def symptom(lab):
    dhcp.knows_settings(lab, "pc1", dns=lab.plan.servers.dns, search=lab.plan.agency.domain)


def mended(lab):
    dhcp.tells_settings(
        lab, "staff", "hq-core", dns=lab.plan.servers.dns, search=lab.plan.agency.domain
    )
