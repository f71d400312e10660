"""dns-r's own firewall drops Neighbour Discovery."""

from ipv6lab.expect import reach, shut
from ipv6lab.expect.places import new_host

GROUP = "firewall"
TICKET = {
    "en": "Names: since dns-r has a firewall of its own it is as if it had no IPv6: no answer from "
    "anywhere, not even to the server beside it. Over IPv4 it works.",
    "vi": "Tên miền: từ khi dns-r có tường lửa riêng, nó như không có IPv6: không đâu nhận được "
    "câu trả lời, kể cả máy chủ bên cạnh. Qua IPv4 thì chạy.",
}
CAUSE = {
    "en": "The firewall on dns-r itself dropped neighbour solicitations and advertisements.",
    "vi": "Tường lửa trên chính dns-r chặn neighbor solicitation và neighbor advertisement.",
}
EDITS = [
    (
        "dns-r",
        "etc/nftables.conf",
        "    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept\n",
        "",
    ),
]
MEND = {"dns-r": "systemctl reload nftables"}
FORBIDDEN = {
    "the firewall off": {"dns-r": "systemctl stop nftables\nnft flush ruleset"},
    "neighbours by hand": {
        "hq-core": "ip -6 neigh replace {{ servers.dns }} lladdr $(ping -q -c 1 "
        "{{ servers.dns4 }} > /dev/null; ip -4 neigh show {{ servers.dns4 }} dev srv | grep -o "
        "'[0-9a-f:]\\{17\\}') nud permanent dev srv",
        "dns-r": "ip -6 neigh replace {{ servers.router }} lladdr $(ping -q -c 1 "
        "{{ servers.router4 }} > /dev/null; ip -4 neigh show {{ servers.router4 }} dev eth0 | "
        "grep -o '[0-9a-f:]\\{17\\}') nud permanent dev eth0",
    },
}
CLASHES = {
    "old-neighbour",
    "resolver-asks-nobody",
    "resolver-refuses-branch",
}


def symptom(lab):
    reach.reaches(lab, lab.node("hq-core"), lab.node("dns-r"), lab.plan.servers.dns)


def mended(lab):
    with new_host(lab, "srv", "servers", name="new-server") as host:
        reach.reaches(lab, host, lab.node("dns-r"), lab.plan.servers.dns)
        reach.reaches(lab, lab.node("dns-r"), host, host.address)
    shut.takes_nothing(lab, "dhcp", "dns-r", lab.plan.servers.dns)
