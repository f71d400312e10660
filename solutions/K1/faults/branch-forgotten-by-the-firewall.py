"""The firewall lets another branch to the resolver, over IPv6."""

from ipv6lab.expect import shut

GROUP = "firewall"
TICKET = {
    "en": "Branch: names are found over IPv4 only. Over IPv6 dns-r answers our pings, but to a "
    "question there is no answer at all, not even a refusal.",
    "vi": "Chi nhánh: chỉ tra được tên miền qua IPv4. Qua IPv6 dns-r trả lời ping, nhưng hỏi tên "
    "thì không có câu trả lời nào, cả từ chối cũng không.",
}
CAUSE = {
    "en": "The rule of hq-fw that lets the branch to the resolver named another branch's IPv6 "
    "prefix.",
    "vi": "Luật của hq-fw cho chi nhánh tới máy chủ DNS ghi tiền tố IPv6 của chi nhánh khác.",
}
EDITS = [
    (
        "hq-fw",
        "etc/nftables.conf",
        "iifname wan ip6 saddr {{ br-dn.prefix }} ip6 daddr",
        "iifname wan ip6 saddr {{ br-hcm.prefix }} ip6 daddr",
    ),
]
MEND = {"hq-fw": "systemctl reload nftables"}
OTHERWISE = {
    "a rule for each protocol": {
        "hq-fw": "sed -i 's|^ *iifname wan ip6 saddr .* ip6 daddr {{ servers.dns }} .*|"
        "    iifname wan ip6 saddr {{ br-dn.prefix }} ip6 daddr {{ servers.dns }} "
        "udp dport 53 accept\\n    iifname wan ip6 saddr {{ br-dn.prefix }} "
        "ip6 daddr {{ servers.dns }} tcp dport 53 accept|' /etc/nftables.conf\n"
        "systemctl reload nftables",
    },
}
FORBIDDEN = {
    "the resolver open to all": {
        "hq-fw": "nft insert rule inet filter forward ip6 daddr {{ servers.dns }} accept",
    },
    "the firewall open": {"hq-fw": "systemctl stop nftables\nnft flush ruleset"},
}
CLASHES = {
    "cloned-address",
    "neighbours-shut-out",
    "old-neighbour",
    "resolver-refuses-branch",
}


def symptom(lab):
    shut.to_strangers(lab, "hq-br", "dns-r", 53, [lab.plan["br-dn.prefix"]], opened="M1")


def mended(lab):
    symptom(lab)
    shut.but_for(lab, "web-ext", "dns-r", lab.plan.servers.dns, opened="M1")
