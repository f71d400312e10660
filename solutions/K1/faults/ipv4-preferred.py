"""Programs on pc1 prefer IPv4: a gai.conf from 2012 says so."""

from ipv6lab.expect import dualstack

GROUP = "web"
TICKET = {
    "en": "The IPv6 project: pc1 has both protocols and all names have AAAA records, but our "
    "measurements show that it takes IPv4 to every site. The computer beside it takes IPv6.",
    "vi": "Dự án IPv6: pc1 có cả hai giao thức, tên miền nào cũng có bản ghi AAAA, nhưng đo đạc "
    "cho thấy tới trang nào nó cũng đi IPv4. Máy bên cạnh thì đi IPv6.",
}
CAUSE = {
    "en": "/etc/gai.conf on pc1, from 2012, put IPv4 first.",
    "vi": "/etc/gai.conf trên pc1, có từ năm 2012, đặt IPv4 lên trước.",
}
EDITS = [
    (
        "pc1",
        "etc/gai.conf",
        "",
        "# 2012: IPv6 is slow, prefer IPv4\nprecedence ::1/128 50\nprecedence ::/0 40\n"
        "precedence 2002::/16 30\nprecedence ::/96 20\nprecedence ::ffff:0:0/96 100\n",
    ),
]
MEND = {"pc1": "rm -f /etc/gai.conf"}
OTHERWISE = {
    "an empty file": {"pc1": ": > /etc/gai.conf"},
    "the table of RFC 6724": {
        "pc1": "printf 'precedence %s\\n' '::1/128 50' '::/0 40' '::ffff:0:0/96 35' "
        "'2002::/16 30' '2001::/32 5' 'fc00::/7 3' '::/96 1' 'fec0::/10 1' '3ffe::/16 1' "
        "> /etc/gai.conf",
    },
}
FORBIDDEN = {
    "names typed on the computer": {
        "pc1": "echo '{{ www.address }} {{ www.name }}' >> /etc/hosts",
    },
    "IPv4 switched off": {"pc1": "ip -4 route del default"},
}
CLASHES = set()
CASES = {
    "both": (("2001:db8:1::2", "198.51.100.117"), ("2001:db8:1::1", "198.51.100.121")),
    "6to4": (("2002:c633:6401::2", "198.51.100.117"), ("2001:db8:1::1", "198.51.100.121")),
    "links": (("fe80::1", "198.51.100.117"), ("2001:db8:1::1", "198.51.100.121")),
}


def symptom(lab):
    dualstack.orders_as_the_rules_say(lab, "pc1", {"both": CASES["both"]})


def mended(lab):
    dualstack.orders_as_the_rules_say(lab, "pc1", CASES)
