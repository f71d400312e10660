"""dhcp was cloned from dns-r, and has kept its IPv6 address."""

from ipaddress import IPv6Address

from ipv6lab.expect import reach
from ipv6lab.grading import _, require

GROUP = "slaac"
TICKET = {
    "en": "Servers: dns-r was restarted this morning. Since then nobody gets answers from it over "
    "IPv6; over IPv4 it does answer. Pings to its IPv6 address are answered, strangely enough.",
    "vi": "Máy chủ: sáng nay dns-r được khởi động lại. Từ đó không ai nhận được câu trả lời của "
    "nó qua IPv6; qua IPv4 nó vẫn trả lời. Lạ là ping tới địa chỉ IPv6 của nó vẫn có hồi đáp.",
}
CAUSE = {
    "en": "dhcp, a clone of dns-r, still had dns-r's IPv6 address: Duplicate Address Detection "
    "forbade dns-r to use it.",
    "vi": "dhcp, một bản sao của dns-r, vẫn giữ địa chỉ IPv6 của dns-r: phát hiện trùng địa chỉ "
    "không cho dns-r dùng địa chỉ đó.",
}
EDITS = [
    (
        "dhcp",
        "commands.sh",
        "address add {{ dhcp.address }}/{{ servers.length }} dev eth0 nodad\n",
        "address add {{ servers.dns }}/{{ servers.length }} dev eth0 nodad\n"
        "address add {{ dhcp.address }}/{{ servers.length }} dev eth0 nodad\n",
    ),
    (
        "dns-r",
        "commands.sh",
        "address add {{ servers.dns }}/{{ servers.length }} dev eth0 nodad\n",
        "",
    ),
    ("dns-r", "commands.sh", "route add default via {{ servers.router }}\n", ""),
    (
        "dns-r",
        "commands.sh",
        "systemctl enable --now nftables unbound\n",
        "until ndisc6 -1 -q {{ dhcp.address }} eth0 > /dev/null 2>&1; do sleep 0.1; done\n"
        "ip address add {{ servers.dns }}/{{ servers.length }} dev eth0\n"
        "ip -6 route add default via {{ servers.router }}\n"
        "systemctl enable --now nftables unbound\n",
    ),
]
MEND = {
    "dhcp": "ip address del {{ servers.dns }}/{{ servers.length }} dev eth0",
    "dns-r": "ip address del {{ servers.dns }}/{{ servers.length }} dev eth0\n"
    "ip address add {{ servers.dns }}/{{ servers.length }} dev eth0\n"
    "ip -6 route replace default via {{ servers.router }}\nsystemctl restart unbound",
}
FORBIDDEN = {
    "used nevertheless": {
        "dns-r": "ip address del {{ servers.dns }}/{{ servers.length }} dev eth0\n"
        "ip address add {{ servers.dns }}/{{ servers.length }} dev eth0 nodad\n"
        "ip -6 route replace default via {{ servers.router }}\nsystemctl restart unbound",
    },
    "another address": {
        "dns-r": "ip address del {{ servers.dns }}/{{ servers.length }} dev eth0\n"
        "ip address add {{ servers.network }}54/{{ servers.length }} dev eth0\n"
        "ip -6 route replace default via {{ servers.router }}",
        "dhcp": "sed -i 's/{{ servers.dns }}/{{ servers.network }}54/' "
        "/etc/kea/kea-dhcp6.conf\nsystemctl restart kea-dhcp6-server",
    },
}
CLASHES = {
    "neighbours-shut-out",
    "old-neighbour",
    "resolver-asks-nobody",
    "resolver-refuses-branch",
}


def symptom(lab):
    reach.has_address(lab, "dns-r", lab.plan.servers.dns)


def mended(lab):
    reach.has_address_on(lab, "dns-r", "srv", lab.plan.servers.dns, lab.plan.servers.prefix)
    address = IPv6Address(str(lab.plan.servers.dns))
    for name in ("dhcp", "hq-core"):
        require(
            address not in {one.address for one in lab.node(name).addresses(family=6)},
            _("{node} has {address} as well.", node=name, address=address),
        )
    reach.reaches(lab, lab.node("dhcp"), lab.node("dns-r"), address)
