"""ns1 takes the whole agency for its own link."""

from ipv6lab.expect import reach

GROUP = "slaac"
TICKET = {
    "en": "Servers: since its address was typed anew, ns1 answers the Internet and its neighbours "
    "in the DMZ over IPv6, but nobody at head office behind the firewall.",
    "vi": "Máy chủ: từ khi gõ lại địa chỉ, qua IPv6 ns1 trả lời Internet và các máy cạnh nó trong "
    "DMZ, nhưng không trả lời ai ở trụ sở phía sau tường lửa.",
}
CAUSE = {
    "en": "The address of ns1 was typed with /48 instead of /64: it looked for the whole agency on "
    "its own link.",
    "vi": "Địa chỉ của ns1 được gõ với /48 thay vì /64: nó tìm cả cơ quan ngay trên liên kết của "
    "mình.",
}
EDITS = [
    ("ns1", "commands.sh", "{{ ns1.address }}/{{ dmz.length }}", "{{ ns1.address }}/48"),
]
MEND = {
    "ns1": "ip address add {{ ns1.address }}/{{ dmz.length }} dev eth0 nodad 2> /dev/null || {\n"
    "ip address del {{ ns1.address }}/48 dev eth0\n"
    "ip address add {{ ns1.address }}/{{ dmz.length }} dev eth0 nodad\n"
    "ip -6 route replace default via {{ dmz.router }}\nsystemctl restart nsd; }",
}
FORBIDDEN = {
    "a route to head office": {
        "ns1": "ip -6 route add {{ hq.prefix }} via {{ dmz.router }}",
    },
    "the firewall answers for all": {
        "hq-fw": "sysctl -w net.ipv6.conf.dmz.proxy_ndp=1\n"
        "ip -6 neigh add proxy {{ dhcp.address }} dev dmz",
    },
}
CLASHES = set()


def symptom(lab):
    reach.reaches(lab, lab.node("dhcp"), lab.node("ns1"), lab.plan.ns1.address)


def mended(lab):
    reach.has_address_on(lab, "ns1", "dmz", lab.plan.ns1.address, lab.plan.dmz.prefix)
    reach.both_ways(lab, "dhcp", "ns1")
