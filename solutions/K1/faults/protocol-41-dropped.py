"""br-dn drops the packets of the tunnel."""

from ipv6lab.expect import path, reach

GROUP = "tunnels"
TICKET = {
    "en": "Branch: IPv6 to head office is dead since the new firewall rules on Friday. Our packets "
    "do arrive there, they say, and are answered.",
    "vi": "Chi nhánh: IPv6 tới trụ sở không chạy từ khi có luật tường lửa mới hôm thứ Sáu. Trụ sở "
    "nói gói tin của chúng tôi có tới nơi và đã được trả lời.",
}
CAUSE = {
    "en": "The rule on br-dn for protocol 41 allowed an old address of head office, and dropped "
    "what hq-br sends.",
    "vi": "Luật trên br-dn cho giao thức 41 chỉ cho phép địa chỉ cũ của trụ sở và chặn những gì "
    "hq-br gửi.",
}
EDITS = [
    (
        "br-dn",
        "etc/nftables.conf",
        "ip protocol 41 ip saddr != {{ hq-br--br-dn.hq-br4 }} drop",
        "ip protocol 41 ip saddr != 100.64.20.99 drop",
    ),
]
MEND = {"br-dn": "systemctl reload nftables"}
OTHERWISE = {
    "the right one let in, then all dropped": {
        "br-dn": "sed -i 's/^ *ip protocol 41 .*/    ip protocol 41 "
        "ip saddr {{ hq-br--br-dn.hq-br4 }} accept\\n    ip protocol 41 drop/' "
        "/etc/nftables.conf\nsystemctl restart nftables",
    },
    "the tunnel itself knows its other end": {
        "br-dn": "sed -i '/^ *ip protocol 41 /d' /etc/nftables.conf\nsystemctl reload nftables",
    },
}
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
