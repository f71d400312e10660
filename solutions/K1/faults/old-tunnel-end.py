"""hq-br's tunnel leads to an address that the branch had before."""

from ipv6lab.expect import path, reach

GROUP = "tunnels"
TICKET = {
    "en": "Branch: since we got a new IPv4 address on the dedicated network, IPv6 between us and "
    "head office is dead. IPv4 works.",
    "vi": "Chi nhánh: từ khi chúng tôi có địa chỉ IPv4 mới trên mạng truyền số liệu chuyên dùng, "
    "IPv6 giữa chi nhánh và trụ sở không chạy nữa. IPv4 vẫn chạy.",
}
CAUSE = {
    "en": "The 6in4 tunnel on hq-br still had the branch's old IPv4 address as its remote end.",
    "vi": "Đường hầm 6in4 trên hq-br vẫn giữ địa chỉ IPv4 cũ của chi nhánh làm đầu xa.",
}
EDITS = [
    (
        "hq-br",
        "commands.sh",
        "remote {{ hq-br--br-dn.br-dn4 }}",
        "remote 100.64.20.77",
    ),
]
MEND = {"hq-br": "ip tunnel change tun6 mode sit remote {{ hq-br--br-dn.br-dn4 }}"}
FORBIDDEN = {
    "around the tunnel": {
        "hq-br": "ip address add fe80::1/64 dev ts nodad\n"
        "ip -6 route replace {{ br-dn.prefix }} via fe80::2 dev ts\n"
        "ip -6 route replace {{ tunnel-hq--tunnel-br.tunnel-br }}/128 via fe80::2 dev ts",
        "br-dn": "ip address add fe80::2/64 dev wan nodad\n"
        "ip -6 route replace default via fe80::1 dev wan",
    },
}
CLASHES = {
    "protocol-41-dropped",
    "too-big-dropped",
}


def symptom(lab):
    reach.reaches(lab, lab.node("br-dn"), lab.node("hq-core"), lab.plan.servers.router)


def mended(lab):
    plan = lab.plan
    ends = plan["hq-br--br-dn.hq-br4"], plan["hq-br--br-dn.br-dn4"]
    tunnel = path.Tunnel.of(["hq-br--br-dn"], path.IPV6_IN, *ends)
    branch, border = lab.node("br-dn"), lab.node("hq-br")
    path.crosses(lab, branch, border, plan["tunnel-hq--tunnel-br.tunnel-hq"], tunnel)
    path.crosses(lab, border, branch, plan["tunnel-hq--tunnel-br.tunnel-br"], tunnel)
    symptom(lab)
