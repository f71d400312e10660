"""hq-fw has a route for the phones that leads nowhere."""

from ipv6lab.expect import reach
from ipv6lab.expect.places import new_host

GROUP = "routes"
TICKET = {
    "en": "Phones: over IPv6 we reach the servers behind hq-core, but no call gets beyond the "
    "firewall, and nothing beyond it reaches us. The staff's computers have no such trouble.",
    "vi": "Điện thoại: qua IPv6 chúng tôi tới được các máy chủ sau hq-core, nhưng không cuộc gọi "
    "nào qua khỏi tường lửa, và từ phía ngoài cũng không tới được chúng tôi. Máy tính nhân viên "
    "thì không sao.",
}
CAUSE = {
    "en": "A route “unreachable” for the phones' prefix was left on hq-fw.",
    "vi": "Trên hq-fw còn sót một tuyến “unreachable” cho tiền tố của điện thoại.",
}
TYPED = {"hq-fw": "ip -6 route add unreachable {{ voip.prefix }}\n"}
MEND = {"hq-fw": "ip -6 route del unreachable {{ voip.prefix }} 2> /dev/null || true"}
FORBIDDEN = {
    "hidden behind hq-core": {
        "hq-core": "nft add table ip6 nat\n"
        "nft 'add chain ip6 nat post { type nat hook postrouting priority srcnat; }'\n"
        "nft add rule ip6 nat post ip6 saddr {{ voip.prefix }} oifname fw masquerade",
    },
    "a way back for one phone": {
        "hq-fw": "ip -6 route add {{ voip.network }}1000/116 via {{ hq-fw--hq-core.hq-core }}",
    },
}
CLASHES = set()


def symptom(lab):
    with new_host(lab, "voip") as host:
        reach.reaches(lab, host, lab.node("hq-fw"), lab.plan["hq-fw--hq-core.hq-fw"])


def mended(lab):
    border = lab.plan["hq-br--hq-fw.hq-br"]
    for _number in range(2):
        with new_host(lab, "voip") as host:
            reach.reaches(lab, host, lab.node("hq-fw"), lab.plan["hq-fw--hq-core.hq-fw"])
            reach.reaches(lab, host, lab.node("hq-br"), border)
            reach.reaches(lab, lab.node("hq-br"), host, host.address)
