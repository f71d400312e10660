"""The firewall has no rule for www over IPv6."""

from ipv6lab.expect import pages, shut

GROUP = "firewall"
TICKET = {
    "en": "A citizen: over IPv6 {{ www.name }} answers pings, but my browser waits for a minute "
    "and gives up. The name server next to it does answer.",
    "vi": "Một người dân: qua IPv6 {{ www.name }} trả lời ping, nhưng trình duyệt chờ cả phút rồi "
    "thôi. Máy chủ tên miền cạnh nó thì vẫn trả lời.",
}
CAUSE = {
    "en": "The rule of hq-fw for port 80 of www was there for IPv4 only.",
    "vi": "Luật của hq-fw cho cổng 80 của www chỉ có cho IPv4.",
}
EDITS = [
    ("hq-fw", "etc/nftables.conf", "    ip6 daddr {{ www.address }} tcp dport 80 accept\n", ""),
]
MEND = {"hq-fw": "systemctl reload nftables"}
FORBIDDEN = {
    "all of www": {
        "hq-fw": "nft insert rule inet filter forward ip6 daddr {{ www.address }} accept",
    },
    "the firewall open": {"hq-fw": "systemctl stop nftables\nnft flush ruleset"},
}
CLASHES = {
    "web-without-ipv6",
}


def symptom(lab):
    pages.shows(lab, lab.node("web-ext"), "www", lab.plan.www.name, lab.plan.agency.name)


def mended(lab):
    symptom(lab)
    shut.but_for(lab, "web-ext", "www", lab.plan.www.address, tcp=(80,), opened="M1")
