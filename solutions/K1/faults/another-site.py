"""Over IPv6 another site of www answers."""

from ipv6lab.expect import pages
from ipv6lab.expect.places import new_host

GROUP = "web"
TICKET = {
    "en": "A citizen: at home {{ www.name }} shows a page “under construction”; on my telephone, "
    "which has IPv4 only, it is your portal. Which is right?",
    "vi": "Một người dân: ở nhà {{ www.name }} hiện trang “đang xây dựng”; trên điện thoại chỉ có "
    "IPv4 thì lại là cổng thông tin. Trang nào mới đúng?",
}
CAUSE = {
    "en": "On www a test site of nginx listened on [::]:80, and the portal on IPv4 only.",
    "vi": "Trên www, một trang thử của nginx lắng nghe [::]:80, còn cổng thông tin chỉ lắng nghe "
    "IPv4.",
}
EDITS = [
    ("www", "etc/nginx/conf.d/web.conf", "  listen [::]:80 default_server;\n", ""),
    (
        "www",
        "etc/nginx/conf.d/test.conf",
        "",
        "server {\n  listen [::]:80 default_server;\n  server_name test;\n  root /srv/test;\n}\n",
    ),
    ("www", "srv/test/index.html", "", "<!DOCTYPE html>\n<title>Test</title>\nĐang xây dựng\n"),
]
MEND = {"www": "rm -f /etc/nginx/conf.d/test.conf\nsystemctl restart nginx"}
FORBIDDEN = {
    "IPv4 alone": {"www": "rm /etc/nginx/conf.d/test.conf\nsystemctl restart nginx"},
    "a copy of the front page": {"www": "cp /srv/web/index.html /srv/test/index.html"},
}
CLASHES = {
    "led-to-ipv4",
    "old-gateway",
    "staff-page-forbidden",
    "too-big-dropped",
    "web-forgotten-by-the-firewall",
    "web-without-ipv6",
}


def symptom(lab):
    with new_host(lab, "dmz", name="new-host") as host:
        pages.shows(lab, host, "www", lab.plan.www.name, lab.plan.agency.name)


def mended(lab):
    for family in (6, 4):
        with new_host(lab, "dmz", family=family, name="new-host") as host:
            for path, text in (("", lab.plan.agency.name), ("report.txt", "yearly report")):
                pages.shows(lab, host, "www", lab.plan.www.name, text, family, path=path)
