"""br-dn advertises a prefix, and says that it is no default router."""

from ipv6lab.expect import advertisement, hosts
from ipv6lab.grading import _

GROUP = "slaac"
TICKET = {
    "en": "Branch: our computers have their usual IPv6 addresses and see each other, but they say "
    "“network is unreachable” for all that is elsewhere.",
    "vi": "Chi nhánh: máy tính của chúng tôi có địa chỉ IPv6 như mọi khi và thấy nhau, nhưng với "
    "mọi nơi khác thì báo “network is unreachable”.",
}
CAUSE = {
    "en": "radvd on br-dn advertised a router lifetime of 0 (AdvDefaultLifetime 0): hosts took it "
    "for no default router.",
    "vi": "radvd trên br-dn quảng bá thời gian làm bộ định tuyến bằng 0 (AdvDefaultLifetime 0): "
    "các máy không coi nó là bộ định tuyến mặc định.",
}
EDITS = [
    (
        "br-dn",
        "etc/radvd.conf",
        "  MaxRtrAdvInterval 10;\n",
        "  MaxRtrAdvInterval 10;\n  AdvDefaultLifetime 0;\n",
    ),
]
MEND = {"br-dn": "systemctl restart radvd"}
OTHERWISE = {
    "as the daemon has it": {
        "br-dn": "sed -i '/AdvDefaultLifetime/d' /etc/radvd.conf\nsystemctl restart radvd",
    },
    "another daemon": {
        "br-dn": "systemctl disable --now radvd\n"
        "printf 'port=0\\ninterface=lan1\\nenable-ra\\n"
        "dhcp-range={{ branch-staff.network }},ra-only,64,24h\\nra-param=lan1,10,1800\\n' "
        "> /etc/dnsmasq.d/lan.conf\nsystemctl enable --now dnsmasq",
    },
}
FORBIDDEN = {
    "a default route by hand": {
        "br-pc1": "ip -6 route add default via {{ branch-staff.router }}",
    },
}
CLASHES = {
    "too-big-dropped",
}


def symptom(lab):
    lab.node("br-pc1").wait_route(
        lambda route: route.default and route.destination.version == 6,
        _("{node} has no default route.", node="br-pc1"),
        within=12,
    )


def mended(lab):
    hosts.learn_default_route(lab, "br-pc1", router="br-dn", link="br-staff")
    advertisement.says(lab, "br-staff", "br-dn", prefix=lab.plan["branch-staff.prefix"])
