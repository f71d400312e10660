"""A colleague's computer answers as a DHCPv6 server."""

from ipv6lab.expect import dhcp

GROUP = "rogue"
TICKET = {
    "en": "Staff: after a restart my computer often has a strange DNS server over IPv6, and "
    "sometimes the right one. With the strange one no name is found.",
    "vi": "Phòng nhân viên: sau khi khởi động lại, máy tôi thường có một máy chủ DNS lạ qua IPv6, "
    "đôi khi mới đúng máy chủ. Với máy chủ lạ thì không tra được tên nào.",
}
CAUSE = {
    "en": "A DHCPv6 server ran on pc2, for a test, and told whoever asked of a DNS server that "
    "does not exist.",
    "vi": "Trên pc2 có một máy chủ DHCPv6 chạy thử, chỉ cho ai hỏi một máy chủ DNS không tồn tại.",
}
EDITS = [
    (
        "pc2",
        "etc/kea/kea-dhcp6.conf",
        "",
        '{"Dhcp6": {\n  "interfaces-config": {"interfaces": ["eth0"],\n'
        '    "service-sockets-max-retries": 60, "service-sockets-retry-wait-time": 500},\n'
        '  "lease-database": {"type": "memfile", "persist": false},\n'
        '  "option-data": [{"name": "dns-servers", "data": "{{ staff.network }}bad"}]\n}}\n',
    ),
]
TYPED = {"pc2": "systemctl enable --now kea-dhcp6-server\n"}
MEND = {
    "pc2": "systemctl disable --now kea-dhcp6-server 2> /dev/null || true",
    "pc1": "systemctl restart dhcpcd",
}
FORBIDDEN = {
    "the right answer from the wrong server": {
        "pc2": 'sed -i \'s/{{ staff.network }}bad"}/{{ servers.dns }}"}, {"name": '
        '"domain-search", "data": "{{ agency.domain }}"}/\' /etc/kea/kea-dhcp6.conf\n'
        "systemctl restart kea-dhcp6-server",
        "pc1": "systemctl restart dhcpcd",
    },
    "typed on the computer": {
        "pc1": "printf 'search {{ agency.domain }}\\nnameserver {{ servers.dns }}\\n' > "
        "/etc/resolv.conf",
    },
}
CLASHES = set()


def symptom(lab):
    dhcp.tells_settings(
        lab, "staff", "hq-core", dns=lab.plan.servers.dns, search=lab.plan.agency.domain
    )


def mended(lab):
    symptom(lab)
    dhcp.knows_settings(lab, "pc1", dns=lab.plan.servers.dns, search=lab.plan.agency.domain)
