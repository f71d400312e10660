"""hq-br sends what is for staff to the branch."""

from ipv6lab.expect import reach
from ipv6lab.expect.places import new_host

GROUP = "routes"
TICKET = {
    "en": "Staff: over IPv6 we reach the servers and the DMZ, but nothing in the Internet. The "
    "phones and the servers do reach it. A trace from outside goes back and forth.",
    "vi": "Phòng nhân viên: qua IPv6 chúng tôi tới được vùng máy chủ và DMZ nhưng không tới được "
    "Internet. Điện thoại và máy chủ thì tới được. Dò đường từ ngoài vào thì gói tin đi qua đi "
    "lại.",
}
CAUSE = {
    "en": "A route on hq-br led the staff VLAN's prefix into the tunnel to the branch.",
    "vi": "Một tuyến trên hq-br đưa tiền tố của VLAN nhân viên vào đường hầm tới chi nhánh.",
}
TYPED = {"hq-br": "ip -6 route add {{ staff.prefix }} dev tun6\n"}
MEND = {"hq-br": "ip -6 route del {{ staff.prefix }} dev tun6 2> /dev/null || true"}
FORBIDDEN = {
    "hidden behind the firewall": {
        "hq-fw": "nft add table ip6 nat\n"
        "nft 'add chain ip6 nat post { type nat hook postrouting priority srcnat; }'\n"
        "nft add rule ip6 nat post ip6 saddr {{ staff.prefix }} oifname wan masquerade",
    },
}
CLASHES = set()


def symptom(lab):
    with new_host(lab, "staff") as host:
        reach.reaches(lab, host, lab.node("hq-br"), lab.plan["hq-br--hq-fw.hq-br"])


def mended(lab):
    for _number in range(2):
        with new_host(lab, "staff") as host:
            reach.reaches(lab, host, lab.node("hq-br"), lab.plan["hq-br--hq-fw.hq-br"])
            reach.reaches(lab, lab.node("hq-br"), host, host.address)
