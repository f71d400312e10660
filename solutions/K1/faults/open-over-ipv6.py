"""The firewall lets everybody to the servers inside over IPv6."""

from ipv6lab.expect import shut

GROUP = "firewall"
TICKET = {
    "en": "Information security: our scan from the Internet finds the servers inside over IPv6, "
    "with every port that is open on them. Over IPv4 it finds nothing.",
    "vi": "An toàn thông tin: khi quét từ Internet qua IPv6, chúng tôi thấy các máy chủ bên trong "
    "với mọi cổng đang mở. Qua IPv4 thì không thấy gì.",
}
CAUSE = {
    "en": "A rule left from a test on hq-fw let everybody to the servers' IPv6 prefix.",
    "vi": "Một luật còn sót lại sau lần thử trên hq-fw cho mọi người vào tiền tố IPv6 của vùng máy "
    "chủ.",
}
EDITS = [
    (
        "hq-fw",
        "etc/nftables.conf",
        "    # All inside may go out\n",
        "    # test, take away on Friday\n    ip6 daddr {{ servers.prefix }} accept\n\n"
        "    # All inside may go out\n",
    ),
]
MEND = {"hq-fw": "systemctl reload nftables"}
FORBIDDEN = {
    "IPv6 switched off": {"dhcp": "sysctl -w net.ipv6.conf.all.disable_ipv6=1"},
    "only the port that was found": {
        "hq-fw": "nft insert rule inet filter forward iifname wan ip6 daddr {{ servers.prefix }} "
        "tcp dport { 22, 53, 80, 8000 } drop",
    },
}
CLASHES = set()


def symptom(lab):
    shut.but_for(lab, "web-ext", "dhcp", lab.plan.dhcp.address, opened="M1")


def mended(lab):
    shut.but_for(lab, "web-ext", "hq-core", lab.plan.servers.router, opened="M1")
