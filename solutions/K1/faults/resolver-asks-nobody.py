"""The resolver asks for the agency's names where ns1 was before."""

from ipv6lab.expect import dns

GROUP = "names"
TICKET = {
    "en": "Staff: dns-r answers, over either protocol, but for every name of our own agency it "
    "says SERVFAIL. From outside the same names are found.",
    "vi": "Phòng nhân viên: dns-r có trả lời, qua cả hai giao thức, nhưng với mọi tên miền của cơ "
    "quan mình nó đều báo SERVFAIL. Từ bên ngoài thì vẫn tra được các tên đó.",
}
CAUSE = {
    "en": "The stub zone of unbound on dns-r led to an old address of ns1.",
    "vi": "stub-zone của unbound trên dns-r trỏ tới địa chỉ cũ của ns1.",
}
EDITS = [
    (
        "dns-r",
        "etc/unbound/unbound.conf",
        "stub-addr: {{ ns1.address }}",
        "stub-addr: {{ dmz.network }}35",
    ),
]
MEND = {"dns-r": "systemctl restart unbound"}
OTHERWISE = {
    "over both families": {
        "dns-r": "sed -i 's/^ *stub-addr: .*/    stub-addr: {{ ns1.address }}\\n"
        "    stub-addr: {{ ns1.address4 }}/' /etc/unbound/unbound.conf\nsystemctl restart unbound",
    },
    "forwarded": {
        "dns-r": "sed -i 's/^stub-zone:/forward-zone:/; "
        "s/^ *stub-addr: .*/    forward-addr: {{ ns1.address }}/' /etc/unbound/unbound.conf\n"
        "systemctl restart unbound",
    },
}
FORBIDDEN = {
    "records typed on the resolver": {
        "dns-r": "sed -i 's/    ip-freebind: yes/&\\n    local-data: \"{{ ns1.name }}. A "
        "{{ ns1.address4 }}\"/' /etc/unbound/unbound.conf\nsystemctl restart unbound",
    },
    "the old address on ns1": {
        "ns1": "ip address add {{ dmz.network }}35/{{ dmz.length }} dev eth0 nodad",
    },
}
CLASHES = {
    "resolver-refuses-branch",
    "wrong-prefix-length",
}


def symptom(lab):
    dns.resolves(
        lab, "dns-r", {lab.plan.ns1.name: [lab.plan.ns1.address4]},
        asker=dns.Asker("pc1", "staff"), families=[4], kinds=["A"],
    )  # fmt: skip


def mended(lab):
    names = {
        lab.plan.ns1.name: [lab.plan.ns1.address4],
        lab.plan.agency.domain: [lab.plan.www.address4],
        lab.plan.www.name: [lab.plan.www.address4],
    }
    dns.resolves(lab, "dns-r", names, asker=dns.Asker("pc1", "staff"), families=[4], kinds=["A"])
