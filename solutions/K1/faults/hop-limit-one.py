"""hq-core tells staff to send with a hop limit of 1."""

from ipv6lab.expect import advertisement, hosts, reach

GROUP = "slaac"
TICKET = {
    "en": "Staff: I can print to the computer next to me over IPv6, but nothing beyond our own "
    "VLAN answers any more, no server and no web site. My address is the usual one.",
    "vi": "Phòng nhân viên: tôi vẫn trao đổi được với máy bên cạnh qua IPv6, nhưng không còn gì "
    "ngoài VLAN của phòng trả lời, máy chủ không, trang web cũng không. Địa chỉ của tôi vẫn như "
    "mọi khi.",
}
CAUSE = {
    "en": "radvd on hq-core advertised a current hop limit of 1 (AdvCurHopLimit): no packet "
    "survived its first router.",
    "vi": "radvd trên hq-core quảng bá giới hạn bước nhảy bằng 1 (AdvCurHopLimit): không gói tin "
    "nào qua nổi bộ định tuyến đầu tiên.",
}
EDITS = [("hq-core", "etc/radvd.conf", "AdvCurHopLimit 64;", "AdvCurHopLimit 1;")]
MEND = {"hq-core": "systemctl restart radvd"}
OTHERWISE = {
    "as the daemon has it": {
        "hq-core": "sed -i '/AdvCurHopLimit/d' /etc/radvd.conf\nsystemctl restart radvd",
    },
    "the largest": {
        "hq-core": "sed -i 's/AdvCurHopLimit 1;/AdvCurHopLimit 255;/' /etc/radvd.conf\n"
        "systemctl restart radvd",
    },
}
FORBIDDEN = {
    "a hop limit by hand": {
        "pc1": "sysctl -w net.ipv6.conf.eth0.hop_limit=64",
        "pc2": "sysctl -w net.ipv6.conf.eth0.hop_limit=64",
    },
}
CLASHES = {
    "other-flag",
    "rogue-router",
}


def symptom(lab):
    for pc in ("pc1", "pc2"):
        reach.reaches(lab, lab.node(pc), lab.node("dhcp"), lab.plan.dhcp.address)


def mended(lab):
    advertisement.says(
        lab, "staff", "hq-core", prefix=lab.plan.staff.prefix, managed=None, other=None
    )
    hosts.new_host_builds_an_address(lab, "staff", lab.plan.staff.prefix)
