"""The default route of www leads to a router that is gone."""

from ipv6lab.expect import hosts, reach

GROUP = "routes"
TICKET = {
    "en": "DMZ: over IPv6 www answers its neighbours in the DMZ and nobody else, neither inside "
    "nor outside. Over IPv4 it answers everybody.",
    "vi": "Vùng DMZ: qua IPv6, www chỉ trả lời các máy cạnh nó trong DMZ, ngoài ra không trả lời "
    "ai, cả bên trong lẫn bên ngoài. Qua IPv4 thì nó trả lời tất cả.",
}
CAUSE = {
    "en": "The IPv6 default route of www led to an old gateway that nobody has any more.",
    "vi": "Tuyến mặc định IPv6 của www trỏ tới một cổng ra cũ nay không còn máy nào giữ.",
}
EDITS = [
    (
        "www",
        "commands.sh",
        "route add default via {{ dmz.router }}\n",
        "route add default via {{ dmz.network }}fe\n",
    ),
]
MEND = {"www": "ip -6 route replace default via {{ dmz.router }}"}
FORBIDDEN = {
    "the firewall hides who asks": {
        "hq-fw": "nft add table ip6 nat\n"
        "nft 'add chain ip6 nat post { type nat hook postrouting priority srcnat; }'\n"
        "nft add rule ip6 nat post oifname dmz masquerade",
    },
    "a route to one visitor": {
        "www": "ip -6 route add {{ outside.prefix }} via {{ dmz.router }}",
    },
}
CLASHES = {
    "staff-page-forbidden",
    "too-big-dropped",
    "web-forgotten-by-the-firewall",
    "web-without-ipv6",
}


def symptom(lab):
    reach.reaches(lab, lab.node("web-ext"), lab.node("www"), lab.plan.www.address)


def mended(lab):
    for node in ("web-ext", "dhcp"):
        reach.both_ways(lab, node, "www")
    hosts.send_by(lab, "www", "hq-fw", ["2a00::/12", lab.plan["br-dn.prefix"]])
