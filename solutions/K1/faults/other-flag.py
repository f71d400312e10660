"""hq-core does not send staff to DHCPv6 for their settings."""

from ipv6lab.expect import advertisement, dhcp

GROUP = "dhcpv6"
TICKET = {
    "en": "Staff: over IPv6 I reach every address that I type, but names do not work. My "
    "computer says it knows no DNS server.",
    "vi": "Phòng nhân viên: qua IPv6, gõ địa chỉ nào tôi cũng tới được, nhưng tên miền thì không. "
    "Máy tôi báo không biết máy chủ DNS nào.",
}
CAUSE = {
    "en": "radvd on hq-core advertised the staff VLAN without the O flag: computers never asked "
    "DHCPv6 for their DNS settings.",
    "vi": "radvd trên hq-core quảng bá VLAN nhân viên không có cờ O: máy tính không bao giờ hỏi "
    "cấu hình DNS qua DHCPv6.",
}
EDITS = [
    (
        "hq-core",
        "etc/radvd.conf",
        "AdvOtherConfigFlag on;        # DNS settings",
        "AdvOtherConfigFlag off;",
    ),
]
MEND = {"hq-core": "systemctl restart radvd", "pc1": "systemctl restart dhcpcd"}
FORBIDDEN = {
    "typed on the computer": {
        "pc1": "printf 'search {{ agency.domain }}\\nnameserver {{ servers.dns }}\\n' > "
        "/etc/resolv.conf",
    },
}
CLASHES = {
    "rogue-dhcpv6",
    "rogue-router",
}


def symptom(lab):
    dhcp.knows_settings(lab, "pc1", dns=lab.plan.servers.dns, search=lab.plan.agency.domain)


def mended(lab):
    advertisement.says(lab, "staff", "hq-core", managed=False, other=True)
    dhcp.tells_settings(
        lab, "staff", "hq-core", dns=lab.plan.servers.dns, search=lab.plan.agency.domain
    )
