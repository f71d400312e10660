"""nsd on ns1 listens on IPv4 only."""

from ipv6lab.expect import dns

GROUP = "names"
TICKET = {
    "en": "Another agency's DNS operator: over IPv6 your ns1 answers pings, and not a single "
    "question. Over IPv4 it answers all.",
    "vi": "Người vận hành DNS của một cơ quan khác: qua IPv6, ns1 của quý cơ quan trả lời ping mà "
    "không trả lời một câu hỏi nào. Qua IPv4 thì trả lời hết.",
}
CAUSE = {
    "en": "nsd on ns1 listened on its IPv4 address only.",
    "vi": "nsd trên ns1 chỉ lắng nghe trên địa chỉ IPv4.",
}
EDITS = [("ns1", "etc/nsd/nsd.conf", "  ip-address: {{ ns1.address }}\n", "")]
MEND = {"ns1": "systemctl restart nsd"}
FORBIDDEN = {
    "IPv6 withdrawn from the zone": {
        "ns1": "sed -i '/IN AAAA  {{ ns1.address }}/d' /etc/nsd/agency.zone\nsystemctl restart nsd",
    },
    "the resolver answers for it": {
        "dns-r": "sed -i 's|access-control: {{ hq.prefix }} allow|&\\n    access-control: ::/0 "
        "allow|' /etc/unbound/unbound.conf\n"
        "systemctl restart unbound",
        "hq-fw": "nft add table ip6 nat\n"
        "nft 'add chain ip6 nat pre { type nat hook prerouting priority dstnat; }'\n"
        "nft add rule ip6 nat pre ip6 daddr {{ ns1.address }} meta l4proto { tcp, udp "
        "} th dport 53 dnat to {{ servers.dns }}\n"
        "nft insert rule inet filter forward ip6 daddr {{ servers.dns }} accept",
    },
}
CLASHES = {
    "names-without-tcp",
    "old-aaaa",
    "resolver-asks-nobody",
    "resolver-refuses-branch",
    "wrong-prefix-length",
}


def symptom(lab):
    dns.answers(
        lab, "ns1", {lab.plan.ns1.name: lab.plan.ns1.address},
        asker=dns.Asker("web-ext", "outside"),
    )  # fmt: skip


def mended(lab):
    symptom(lab)
