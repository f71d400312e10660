"""br-dn leads only head office into the tunnel."""

from ipv6lab.expect import path, reach
from ipv6lab.expect.places import new_host

GROUP = "tunnels"
TICKET = {
    "en": "Branch: over IPv6 we reach head office, and nothing in the Internet, not even from "
    "br-dn. It was never so before the tunnel was set up anew.",
    "vi": "Chi nhánh: qua IPv6 chúng tôi tới được trụ sở nhưng không tới được Internet, kể cả từ "
    "br-dn. Trước khi dựng lại đường hầm thì không thế.",
}
CAUSE = {
    "en": "br-dn had a route through the tunnel for head office only, and no default route.",
    "vi": "br-dn chỉ có tuyến qua đường hầm tới trụ sở, không có tuyến mặc định.",
}
EDITS = [
    (
        "br-dn",
        "commands.sh",
        "route add ::/0 dev tun6\n",
        "route add {{ hq.prefix }} dev tun6\n",
    ),
]
MEND = {"br-dn": "ip -6 route replace default dev tun6"}
FORBIDDEN = {
    "one network more": {"br-dn": "ip -6 route add {{ outside.prefix }} dev tun6"},
}
CLASHES = {
    "forwarding-off",
    "old-tunnel-end",
    "protocol-41-dropped",
    "too-big-dropped",
}


def symptom(lab):
    reach.reaches(lab, lab.node("br-dn"), lab.node("web-ext"), lab.plan["web-ext.address"])


def mended(lab):
    plan = lab.plan
    ends = plan["hq-br--br-dn.hq-br4"], plan["hq-br--br-dn.br-dn4"]
    tunnel = path.Tunnel.of(["hq-br--br-dn"], path.IPV6_IN, *ends)
    with new_host(lab, "br-staff", "branch-staff") as host:
        path.leads_into(
            lab, host, "br-dn", ["2a00::/12", plan.outside.prefix, plan["br-hcm.prefix"]], tunnel
        )
