"""The firewall drops Packet Too Big."""

from ipv6lab.expect import icmp_errors, pages, shut, sizes
from ipv6lab.expect.places import new_host

GROUP = "tunnels"
TICKET = {
    "en": "Branch: small pages of {{ www.name }} come at once, the yearly report "
    "(/report.txt) never does. Head office loads it within a second.",
    "vi": "Chi nhánh: các trang nhỏ của {{ www.name }} hiện ngay, còn báo cáo năm (/report.txt) "
    "thì không bao giờ tải được. Ở trụ sở tải xong trong một giây.",
}
CAUSE = {
    "en": "hq-fw dropped ICMPv6 Packet Too Big: www never heard that the tunnel has room for 1480 "
    "octets only.",
    "vi": "hq-fw chặn thông báo ICMPv6 Packet Too Big: www không hề biết đường hầm chỉ chứa được "
    "1480 octet.",
}
EDITS = [
    (
        "hq-fw",
        "etc/nftables.conf",
        "icmpv6 type { destination-unreachable, packet-too-big } accept",
        "icmpv6 type destination-unreachable accept",
    ),
]
MEND = {"hq-fw": "systemctl reload nftables"}
FORBIDDEN = {
    "small packets on www": {"www": "ip link set eth0 mtu 1400"},
    "the firewall open": {"hq-fw": "nft flush ruleset"},
}
CLASHES = {
    "web-forgotten-by-the-firewall",
    "web-without-ipv6",
}
ROWS = 3000


def symptom(lab):
    rows = (f"www: row {number:06d} of the yearly report\n" for number in range(1, ROWS + 1))
    pages.comes_whole(lab, lab.node("br-pc1"), lab.node("www"), "report.txt", "".join(rows))


def mended(lab):
    with new_host(lab, "dmz", name="new-www") as public:
        icmp_errors.hears_of_what_is_too_big(
            lab, public, lab.plan["branch-staff.prefix"], sizes.ETHERNET
        )
    sizes.answers_in_full(lab, lab.node("www"), lab.node("ns1"), lab.plan.www.address, by="M1")
    shut.but_for(lab, "web-ext", "dhcp", lab.plan.dhcp.address, opened="M1")
