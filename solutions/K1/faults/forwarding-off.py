"""br-dn forwards no IPv6: the setting stands in a file that nobody reads."""

from ipv6lab.expect import reach
from ipv6lab.expect.places import new_host

GROUP = "routes"
TICKET = {
    "en": "Branch: after the power cut on Sunday our computers reach br-dn over IPv6, and nothing "
    "behind it. br-dn itself reaches head office.",
    "vi": "Chi nhánh: sau lần mất điện Chủ nhật, qua IPv6 máy chúng tôi tới được br-dn nhưng không "
    "tới được gì phía sau. Bản thân br-dn thì tới được trụ sở.",
}
CAUSE = {
    "en": "Forwarding was off on br-dn after its restart: the line stood in /etc/sysctl.conf, "
    "which is not read at boot.",
    "vi": "Sau khi khởi động lại, br-dn không chuyển tiếp: dòng cấu hình nằm trong "
    "/etc/sysctl.conf, tệp không được đọc khi khởi động.",
}
EDITS = [
    ("br-dn", "etc/sysctl.d/60-router.conf", "net.ipv6.conf.all.forwarding = 1\n", ""),
    ("br-dn", "etc/sysctl.conf", "", "net.ipv6.conf.all.forwarding = 1\n"),
]
MEND = {"br-dn": "sysctl -p /etc/sysctl.d/60-router.conf"}
FORBIDDEN = {
    "one computer by a tunnel of its own": {
        "br-dn": "socat TCP6-LISTEN:8080,fork,reuseaddr TCP6:[{{ www.address }}]:80 < /dev/null "
        "> /dev/null 2>&1 &",
    },
    "IPv6 switched off": {"br-pc1": "sysctl -w net.ipv6.conf.eth0.disable_ipv6=1"},
}
CLASHES = {
    "hardened-host",
    "no-default-router",
    "old-tunnel-end",
    "protocol-41-dropped",
    "too-big-dropped",
}


def symptom(lab):
    with new_host(lab, "br-staff", "branch-staff") as host:
        reach.reaches(lab, host, lab.node("hq-br"), lab.plan["tunnel-hq--tunnel-br.tunnel-hq"])


def mended(lab):
    symptom(lab)
    with new_host(lab, "br-staff", "branch-staff") as host:
        reach.reaches(lab, lab.node("hq-br"), host, host.address)
