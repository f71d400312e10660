"""The zone has an old IPv6 address of www."""

from ipv6lab.expect import dns

GROUP = "names"
TICKET = {
    "en": "A citizen: {{ www.name }} opens at once at the office, where we have IPv4 only. At "
    "home, with IPv6, the browser waits and waits, and the address it shows answers no ping.",
    "vi": "Một người dân: ở cơ quan chỉ có IPv4 thì {{ www.name }} mở ngay. Ở nhà có IPv6 thì "
    "trình duyệt cứ chờ mãi, và địa chỉ nó hiện ra không trả lời ping.",
}
CAUSE = {
    "en": "The AAAA record of www in the zone on ns1 led to an address from before the last "
    "renumbering.",
    "vi": "Bản ghi AAAA của www trong vùng trên ns1 trỏ tới địa chỉ từ trước lần đánh số lại gần "
    "nhất.",
}
EDITS = [
    (
        "ns1",
        "etc/nsd/agency.zone",
        "www     IN A     {{ www.address4 }}\n        IN AAAA  {{ www.address }}",
        "www     IN A     {{ www.address4 }}\n        IN AAAA  {{ dmz.network }}8",
    ),
]
MEND = {"ns1": "systemctl restart nsd"}
FORBIDDEN = {
    "the record taken away": {
        "ns1": "sed -i '/IN AAAA  {{ dmz.network }}8/d' /etc/nsd/agency.zone\n"
        "systemctl restart nsd",
    },
    "the old address on www": {
        "www": "ip address add {{ dmz.network }}8/{{ dmz.length }} dev eth0 nodad",
    },
}
CLASHES = {
    "old-gateway",
    "web-forgotten-by-the-firewall",
}


def symptom(lab):
    mended(lab)


def mended(lab):
    dns.answers(
        lab, "ns1", {lab.plan.www.name: lab.plan.www.address}, family=4,
        asker=dns.Asker("web-ext", "outside"), kind="AAAA", only=True,
    )  # fmt: skip
