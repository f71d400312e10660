"""A colleague's computer advertises itself as a router."""

from ipv6lab.expect import advertisement, hosts, reach

GROUP = "rogue"
TICKET = {
    "en": "Staff: since a colleague shares the Internet from his telephone, our IPv6 is dead: "
    "pc1 has a second address beginning with fd, and nothing answers.",
    "vi": "Phòng nhân viên: từ khi một đồng nghiệp chia sẻ Internet từ điện thoại, IPv6 của chúng "
    "tôi không chạy: pc1 có thêm địa chỉ bắt đầu bằng fd và không nơi nào trả lời.",
}
CAUSE = {
    "en": "radvd ran on pc2 (shared Internet) and advertised it as a preferred router with a "
    "prefix of its own.",
    "vi": "radvd chạy trên pc2 (chia sẻ Internet) và quảng bá máy này là bộ định tuyến ưu tiên với "
    "tiền tố riêng.",
}
EDITS = [
    (
        "pc2",
        "etc/radvd.conf",
        "",
        "# Internet sharing\ninterface eth0 {\n  AdvSendAdvert on;\n  MinRtrAdvInterval 3;\n"
        "  MaxRtrAdvInterval 10;\n  AdvDefaultPreference high;\n"
        "  prefix fd13:3737:1337:1::/64 {\n    AdvOnLink on;\n    AdvAutonomous on;\n  };\n};\n",
    ),
]
TYPED = {"pc2": "systemctl enable --now radvd\n"}
MEND = {"pc2": "systemctl disable --now radvd 2> /dev/null || true"}
FORBIDDEN = {
    "hq-core shouts as loud": {
        "hq-core": "sed -i 's/  AdvCurHopLimit 64;/&\\n  AdvDefaultPreference high;/' "
        "/etc/radvd.conf\nsystemctl restart radvd",
    },
    "a default route by hand": {
        "pc1": "ip -6 route add default via {{ staff.router }} metric 1",
        "pc2": "ip -6 route add default via {{ staff.router }} metric 1",
    },
}
CLASHES = set()


def symptom(lab):
    advertisement.offers_only(lab, "staff", lab.plan.staff.prefix)
    reach.reaches(lab, lab.node("pc1"), lab.node("dhcp"), lab.plan.dhcp.address)


def mended(lab):
    hosts.prefer_default_router(lab, "pc1", router="hq-core", link="staff")
    advertisement.says(
        lab, "staff", "hq-core", prefix=lab.plan.staff.prefix, managed=None, other=None
    )
