"""nginx on www listens on IPv4 only."""

from ipv6lab.expect import pages

GROUP = "web"
TICKET = {
    "en": "A citizen: {{ www.name }} has an IPv6 address that answers pings, but my browser says "
    "at once that the connection was refused.",
    "vi": "Một người dân: {{ www.name }} có địa chỉ IPv6 và địa chỉ ấy trả lời ping, nhưng trình "
    "duyệt của tôi báo ngay là kết nối bị từ chối.",
}
CAUSE = {
    "en": "nginx on www listened on IPv4 only: the line for [::]:80 was missing.",
    "vi": "nginx trên www chỉ lắng nghe IPv4: thiếu dòng cho [::]:80.",
}
EDITS = [("www", "etc/nginx/conf.d/web.conf", "  listen [::]:80 default_server;\n", "")]
MEND = {"www": "systemctl restart nginx"}
OTHERWISE = {
    "one socket for both": {
        "www": "sed -i 's/listen 80 default_server;/listen [::]:80 default_server ipv6only=off;/' "
        "/etc/nginx/conf.d/web.conf\nsystemctl restart nginx",
    },
    "by its address": {
        "www": "sed -i 's/  listen 80 default_server;/&\\n  listen [{{ www.address }}]:80;/' "
        "/etc/nginx/conf.d/web.conf\nsystemctl restart nginx",
    },
}
FORBIDDEN = {
    "somebody else's page": {
        "www": "socat TCP6-LISTEN:80,ipv6only=1,reuseaddr,fork SYSTEM:'printf \"HTTP/1.0 200 "
        "OK\\r\\n\\r\\nhello\"' < /dev/null > /dev/null 2>&1 &",
    },
    "translated on the firewall": {
        "hq-fw": "socat TCP6-LISTEN:8080,reuseaddr,fork TCP4:{{ www.address4 }}:80 < /dev/null "
        "> /dev/null 2>&1 &\n"
        "nft add table ip6 nat\n"
        "nft 'add chain ip6 nat pre { type nat hook prerouting priority dstnat; }'\n"
        "nft add rule ip6 nat pre ip6 daddr {{ www.address }} tcp dport 80 redirect to "
        ":8080\n"
        "nft insert rule inet filter input tcp dport 8080 accept",
    },
}
CLASHES = set()


def symptom(lab):
    pages.shows(lab, lab.node("ns1"), "www", lab.plan.www.name, lab.plan.agency.name)


def mended(lab):
    for family in (6, 4):
        for asker in ("ns1", "web-ext"):
            pages.shows(
                lab, lab.node(asker), "www", lab.plan.www.name, lab.plan.agency.name, family
            )
