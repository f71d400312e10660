"""br-pc1 takes no advertisements: a hardening guide said so."""

from ipv6lab.expect import hosts

GROUP = "slaac"
TICKET = {
    "en": "Branch: br-pc1 was checked for security on Friday. Since then it has had no IPv6 "
    "address but fe80; a laptop at the same socket gets one at once.",
    "vi": "Chi nhánh: thứ Sáu br-pc1 được kiểm tra an toàn. Từ đó máy không có địa chỉ IPv6 nào "
    "ngoài fe80; máy xách tay cắm vào đúng ổ đó thì nhận được ngay.",
}
CAUSE = {
    "en": "A file of sysctl.d on br-pc1 switched off accept_ra.",
    "vi": "Một tệp trong sysctl.d trên br-pc1 đã tắt accept_ra.",
}
EDITS = [
    (
        "br-pc1",
        "etc/sysctl.d/90-hardening.conf",
        "",
        "# From the hardening guide, section 3.3\nnet.ipv6.conf.all.accept_ra = 0\n"
        "net.ipv6.conf.default.accept_ra = 0\nnet.ipv6.conf.eth0.accept_ra = 0\n",
    ),
    (
        "br-pc1",
        "commands.sh",
        "ip address add {{ br-pc1.address4 }}",
        "sysctl -qp /etc/sysctl.d/90-hardening.conf\nip address add {{ br-pc1.address4 }}",
    ),
]
MEND = {
    "br-pc1": "rm -f /etc/sysctl.d/90-hardening.conf\n"
    "sysctl -w net.ipv6.conf.all.accept_ra=1 net.ipv6.conf.default.accept_ra=1 "
    "net.ipv6.conf.eth0.accept_ra=1",
}
FORBIDDEN = {
    "an address by hand": {
        "br-pc1": "ip address add {{ br-pc1.static }}/{{ branch-staff.length }} dev eth0 nodad\n"
        "ip -6 route add default via {{ branch-staff.router }}",
    },
}
CLASHES = {
    "no-default-router",
    "too-big-dropped",
}


def symptom(lab):
    hosts.build_one_address(lab, "br-pc1", prefix=lab.plan["branch-staff.prefix"])


def mended(lab):
    hosts.have_no_addresses_by_hand(
        lab, "br-pc1", prefix=lab.plan["branch-staff.prefix"], link="br-staff", by="M1"
    )
