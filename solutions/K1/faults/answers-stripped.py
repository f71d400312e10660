"""The resolver strips the agency's own IPv6 addresses from answers."""

from ipv6lab.expect import dns

GROUP = "names"
TICKET = {
    "en": "Staff: dns-r gives an IPv4 address for every name of ours, and never an IPv6 address. "
    "ns1, asked directly, has both.",
    "vi": "Phòng nhân viên: với mọi tên miền của cơ quan, dns-r chỉ cho địa chỉ IPv4, không bao "
    "giờ có IPv6. Hỏi thẳng ns1 thì có cả hai.",
}
CAUSE = {
    "en": "unbound on dns-r took the agency's own prefix for private addresses and stripped it "
    "from all answers (private-address).",
    "vi": "unbound trên dns-r coi tiền tố của chính cơ quan là địa chỉ riêng và gỡ nó khỏi mọi câu "
    "trả lời (private-address).",
}
EDITS = [
    (
        "dns-r",
        "etc/unbound/unbound.conf",
        "    # The Internet's names",
        "    private-address: {{ agency.prefix }}\n    # The Internet's names",
    ),
]
MEND = {"dns-r": "systemctl restart unbound"}
FORBIDDEN = {
    "one record typed on the resolver": {
        "dns-r": "sed -i 's/    ip-freebind: yes/&\\n    local-data: \"{{ ns1.name }}. AAAA "
        "{{ ns1.address }}\"/' /etc/unbound/unbound.conf\nsystemctl restart unbound",
    },
}
CLASHES = {
    "cloned-address",
    "names-without-ipv6",
    "neighbours-shut-out",
    "resolver-asks-nobody",
    "wrong-prefix-length",
}


def symptom(lab):
    dns.resolves(
        lab, "dns-r", {lab.plan.ns1.name: [lab.plan.ns1.address]},
        asker=dns.Asker("pc1", "staff"), families=[4], kinds=["AAAA"],
    )  # fmt: skip


def mended(lab):
    names = {
        lab.plan.ns1.name: [lab.plan.ns1.address, lab.plan.ns1.address4],
        lab.plan.agency.domain: [lab.plan.www.address, lab.plan.www.address4],
    }
    dns.resolves(lab, "dns-r", names, asker=dns.Asker("pc1", "staff"), families=[4])
