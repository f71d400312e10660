"""The resolver refuses questions from the branch over IPv6."""

from ipv6lab.expect import dns

GROUP = "names"
TICKET = {
    "en": "Branch: names are found over IPv4 only. When a computer asks dns-r over IPv6 it gets "
    "“REFUSED”, though head office gets its answers.",
    "vi": "Chi nhánh: chỉ tra được tên miền qua IPv4. Khi máy tính hỏi dns-r qua IPv6 thì nhận về "
    "“REFUSED”, trong khi trụ sở vẫn được trả lời.",
}
CAUSE = {
    "en": "unbound on dns-r had no access-control line for the branch's IPv6 prefix.",
    "vi": "unbound trên dns-r thiếu dòng access-control cho tiền tố IPv6 của chi nhánh.",
}
EDITS = [
    ("dns-r", "etc/unbound/unbound.conf", "    access-control: {{ br-dn.prefix }} allow\n", ""),
]
MEND = {"dns-r": "systemctl restart unbound"}
FORBIDDEN = {
    "open to all": {
        "dns-r": "sed -i 's|access-control: {{ hq.prefix }} allow|&\\n    access-control: ::/0 "
        "allow|' /etc/unbound/unbound.conf\nsystemctl restart unbound",
    },
}
CLASHES = {
    "wrong-prefix-length",
}


def symptom(lab):
    dns.serves_networks(lab, "dns-r", lab.plan.ns1.name, [lab.plan["branch-staff.prefix"]])


def mended(lab):
    dns.serves_networks(
        lab, "dns-r", lab.plan.ns1.name,
        [lab.plan.hq.prefix, lab.plan["br-dn.prefix"]], within=lab.plan.agency.prefix,
    )  # fmt: skip
