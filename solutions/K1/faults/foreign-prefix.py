"""hq-core advertises the prefix of another VLAN to staff."""

from ipv6lab.expect import advertisement, hosts, reach

GROUP = "slaac"
TICKET = {
    "en": "Staff: since Monday no computer of our department gets anywhere over IPv6, though each "
    "has an address that looks quite right. Over IPv4 all is well.",
    "vi": "Phòng nhân viên: từ thứ Hai không máy nào của phòng tôi đi được đâu qua IPv6, dù máy "
    "nào cũng có một địa chỉ trông rất bình thường. Qua IPv4 thì vẫn tốt.",
}
CAUSE = {
    "en": "radvd on hq-core advertised the pilot VLAN's prefix on the staff link: hosts built "
    "addresses that are routed elsewhere.",
    "vi": "radvd trên hq-core quảng bá tiền tố của VLAN thử nghiệm trên liên kết staff: các máy "
    "tạo ra địa chỉ được định tuyến đi nơi khác.",
}
EDITS = [
    ("hq-core", "etc/radvd.conf", "prefix {{ staff.prefix }} {", "prefix {{ pilot.prefix }} {"),
]
MEND = {
    "hq-core": "systemctl restart radvd",
    # What was built from the wrong prefix would be kept for a day.
    "pc1": "ip -6 address flush dev eth0 scope global\nsystemctl restart dhcpcd",
    "pc2": "ip -6 address flush dev eth0 scope global",
}
FORBIDDEN = {
    "an address by hand": {
        "pc1": "ip address add {{ pc1.static }}/{{ staff.length }} dev eth0 nodad",
        "pc2": "ip address add {{ pc2.static }}/{{ staff.length }} dev eth0 nodad",
    },
    "a route to the wrong prefix": {
        "hq-core": "ip -6 route add {{ pilot.prefix }} dev staff",
    },
}
CLASHES = {
    "hop-limit-one",
    "old-dns-option",
    "other-flag",
    "rogue-router",
}


def symptom(lab):
    for pc in ("pc1", "pc2"):
        reach.reaches(lab, lab.node(pc), lab.node("dhcp"), lab.plan.dhcp.address)


def mended(lab):
    # Whoever takes the wrong prefix back in good order advertises it for a while, preferred 0 s.
    advertisement.says(
        lab, "staff", "hq-core", prefix=lab.plan.staff.prefix, deprecated=lab.plan.pilot.prefix,
        managed=None, other=None,
    )  # fmt: skip
    hosts.have_no_addresses_by_hand(lab, "pc2", prefix=lab.plan.staff.prefix, link="staff", by="M1")
