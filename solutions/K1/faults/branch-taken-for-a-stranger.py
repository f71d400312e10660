"""hq-br takes the branch's packets out of the tunnel for a stranger's."""

from ipv6lab.expect import reach, tunnels
from ipv6lab.expect.places import new_host

GROUP = "tunnels"
TICKET = {
    "en": "Branch: br-dn reaches head office over IPv6, none of our computers does. Our packets "
    "leave through the tunnel.",
    "vi": "Chi nhánh: qua IPv6 br-dn tới được trụ sở, còn máy tính của chúng tôi thì không máy "
    "nào. Gói tin của chúng tôi có đi vào đường hầm.",
}
CAUSE = {
    "en": "hq-br's rule for who may speak out of the tunnel named the prefix of another branch.",
    "vi": "Luật trên hq-br về ai được gửi gói ra khỏi đường hầm ghi tiền tố của chi nhánh khác.",
}
EDITS = [
    (
        "hq-br",
        "etc/nftables.conf",
        "ip6 saddr != { {{ br-dn.prefix }}, ",
        "ip6 saddr != { {{ br-hcm.prefix }}, ",
    ),
]
MEND = {"hq-br": "systemctl reload nftables"}
FORBIDDEN = {
    "the filter off": {"hq-br": "systemctl stop nftables\nnft flush ruleset"},
    "all of the agency": {
        "hq-br": "sed -i 's|{{ br-hcm.prefix }}|{{ agency.prefix }}|' /etc/nftables.conf\n"
        "systemctl reload nftables",
    },
}
CLASHES = {
    "branch-without-internet",
    "forwarding-off",
    "old-tunnel-end",
    "protocol-41-dropped",
    "too-big-dropped",
}


def symptom(lab):
    with new_host(lab, "br-staff", "branch-staff") as host:
        reach.reaches(lab, host, lab.node("hq-core"), lab.plan.servers.router)


def mended(lab):
    plan = lab.plan
    symptom(lab)
    ends = plan["hq-br--br-dn.hq-br4"], plan["hq-br--br-dn.br-dn4"]
    into = tunnels.End.of("hq-br", *ends, at="br-dn", target="hq-core")
    tunnels.speaks_only_for(
        lab,
        into,
        [plan["br-dn.prefix"], plan["tunnel-hq--tunnel-br.prefix"]],
        tunnels.Inside.of(plan["br-pc1.static"], plan.servers.router),
        by="M1",
    )
