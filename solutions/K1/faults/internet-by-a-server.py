"""hq-core sends what is for web-ext's network to dhcp."""

from ipv6lab.expect import reach
from ipv6lab.expect.places import new_host

GROUP = "routes"
TICKET = {
    "en": "Servers: dns-r and dhcp no longer reach web-ext over IPv6. Everything in the agency "
    "they do reach, the border too.",
    "vi": "Máy chủ: qua IPv6, dns-r và dhcp không còn tới được web-ext. Mọi nơi trong cơ quan thì "
    "vẫn tới được, kể cả bộ định tuyến biên.",
}
CAUSE = {
    "en": "A route left from a test on hq-core led the network of web-ext to dhcp.",
    "vi": "Một tuyến còn sót sau lần thử trên hq-core đưa mạng của web-ext tới dhcp.",
}
TYPED = {"hq-core": "ip -6 route add {{ outside.prefix }} via {{ dhcp.address }}\n"}
MEND = {"hq-core": "ip -6 route del {{ outside.prefix }} 2> /dev/null || true"}
OTHERWISE = {
    "the right router": {
        "hq-core": "ip -6 route replace {{ outside.prefix }} via {{ hq-fw--hq-core.hq-fw }}",
    },
}
FORBIDDEN = {
    "dhcp as a router": {
        "dhcp": "sysctl -w net.ipv6.conf.all.forwarding=1\n"
        "ip -6 route add {{ outside.prefix }} via {{ servers.router }}",
    },
    "one address by the right way": {
        "hq-core": "ip -6 route add {{ web-ext.address }}/128 via {{ hq-fw--hq-core.hq-fw }}",
    },
}
CLASHES = set()


def symptom(lab):
    reach.reaches(lab, lab.node("dhcp"), lab.node("web-ext"), lab.plan["web-ext.address"])


def mended(lab):
    symptom(lab)
    with (
        new_host(lab, "srv", "servers", name="new-server") as server,
        new_host(lab, "outside", name="new-site") as site,
    ):
        reach.reaches(lab, server, site, site.address)
