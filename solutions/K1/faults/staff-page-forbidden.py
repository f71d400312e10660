"""The staff's own pages are for IPv4 addresses only."""

from ipv6lab.expect import pages

GROUP = "web"
TICKET = {
    "en": "Staff: our own pages, {{ www.name }}/noibo/, say “403 Forbidden” since our computers "
    "have had IPv6. If I switch it off they open.",
    "vi": "Phòng nhân viên: trang nội bộ {{ www.name }}/noibo/ báo “403 Forbidden” từ khi máy "
    "chúng tôi có IPv6. Tắt IPv6 đi thì mở được.",
}
CAUSE = {
    "en": "On www the list of who may see /noibo/ had the agency's IPv4 prefix and not its IPv6 "
    "prefix.",
    "vi": "Trên www, danh sách được xem /noibo/ chỉ có tiền tố IPv4 của cơ quan, không có tiền tố "
    "IPv6.",
}
EDITS = [("www", "etc/nginx/conf.d/web.conf", "    allow {{ hq.prefix }};\n", "")]
MEND = {"www": "systemctl restart nginx"}
FORBIDDEN = {
    "open to all": {
        "www": "sed -i 's/    deny all;//' /etc/nginx/conf.d/web.conf\nsystemctl restart nginx",
    },
    "open to all IPv6": {
        "www": "sed -i 's|    deny all;|    allow ::/0;\\n    deny all;|' "
        "/etc/nginx/conf.d/web.conf\nsystemctl restart nginx",
    },
    "IPv6 switched off": {"pc1": "sysctl -w net.ipv6.conf.eth0.disable_ipv6=1"},
}
CLASHES = {
    "web-forgotten-by-the-firewall",
    "web-without-ipv6",
}


def symptom(lab):
    inside(lab, 6)


def inside(lab, family):
    pages.shows(
        lab, lab.node("dhcp"), "www", lab.plan.www.name, lab.plan.agency.name, family,
        path="noibo/",
    )  # fmt: skip


def mended(lab):
    for family in (6, 4):
        inside(lab, family)
        pages.shows(
            lab, lab.node("web-ext"), "www", lab.plan.www.name, "", family,
            path="noibo/", status=403,
        )  # fmt: skip
