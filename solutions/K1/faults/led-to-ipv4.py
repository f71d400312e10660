"""www leads every visitor to its IPv4 address."""

from ipv6lab.expect import pages
from ipv6lab.expect.places import new_host

GROUP = "web"
TICKET = {
    "en": "A citizen: my provider gives me IPv6 only. When I open {{ www.name }} the address in "
    "the browser turns into numbers with dots, and there it ends.",
    "vi": "Một người dân: nhà mạng chỉ cho tôi IPv6. Khi tôi mở {{ www.name }}, địa chỉ trong "
    "trình duyệt biến thành mấy số có dấu chấm, rồi dừng ở đó.",
}
CAUSE = {
    "en": "nginx on www led from the front page to the site's IPv4 address.",
    "vi": "nginx trên www chuyển hướng từ trang đầu tới địa chỉ IPv4 của chính nó.",
}
EDITS = [
    (
        "www",
        "etc/nginx/conf.d/web.conf",
        "  root /srv/web;\n",
        "  root /srv/web;\n\n  location = / {\n"
        "    return 301 http://{{ www.address4 }}/index.html;\n  }\n",
    ),
]
MEND = {"www": "systemctl restart nginx"}
FORBIDDEN = {
    "to the IPv6 address instead": {
        "www": "sed -i 's|return 301 http://{{ www.address4 }}/|return 301 "
        "http://[{{ www.address }}]/|' /etc/nginx/conf.d/web.conf\nsystemctl restart nginx",
    },
    "the record taken away": {
        "ns1": "sed -i '/^www /,+1{/AAAA/d}' /etc/nsd/agency.zone\nsystemctl restart nsd",
    },
}
CLASHES = {
    "old-gateway",
    "web-forgotten-by-the-firewall",
    "web-without-ipv6",
}


def symptom(lab):
    with new_host(lab, "dmz", name="new-host") as host:
        pages.shows(lab, host, "www", lab.plan.www.name, lab.plan.agency.name)


def mended(lab):
    for family in (6, 4):
        with new_host(lab, "dmz", family=family, name="new-host") as host:
            pages.shows(lab, host, "www", lab.plan.www.name, lab.plan.agency.name, family)
