"""The firewall lets no DNS over TCP to ns1 over IPv6."""

from ipv6lab.expect import dns, shut

GROUP = "firewall"
TICKET = {
    "en": "Another agency's DNS operator: over IPv6 your ns1 answers us by UDP. When an answer is "
    "too long and we ask again by TCP, nothing comes. Over IPv4 both work.",
    "vi": "Người vận hành DNS của một cơ quan khác: qua IPv6, ns1 của quý cơ quan trả lời chúng "
    "tôi bằng UDP. Khi câu trả lời quá dài và chúng tôi hỏi lại bằng TCP thì không có gì. Qua "
    "IPv4 thì cả hai đều được.",
}
CAUSE = {
    "en": "The rule of hq-fw for TCP port 53 of ns1 was there for IPv4 only.",
    "vi": "Luật của hq-fw cho cổng TCP 53 của ns1 chỉ có cho IPv4.",
}
EDITS = [
    ("hq-fw", "etc/nftables.conf", "    ip6 daddr {{ ns1.address }} tcp dport 53 accept\n", "")
]
MEND = {"hq-fw": "systemctl reload nftables"}
FORBIDDEN = {
    "all of ns1": {
        "hq-fw": "nft insert rule inet filter forward ip6 daddr {{ ns1.address }} accept",
    },
    "the firewall open": {"hq-fw": "nft flush ruleset"},
}
CLASHES = {
    "wrong-prefix-length",
}


def symptom(lab):
    dns.answers(
        lab, "ns1", {lab.plan.ns1.name: lab.plan.ns1.address},
        asker=dns.Asker("web-ext", "outside"),
    )  # fmt: skip


def mended(lab):
    shut.but_for(lab, "web-ext", "ns1", lab.plan.ns1.address, tcp=(53,), udp=(53,), opened="M1")
