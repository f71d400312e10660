"""hq-core was told the MAC address of dns-r for ever, and dns-r has a new card."""

from ipaddress import IPv6Address

from ipv6lab.expect import reach
from ipv6lab.expect.places import new_host
from ipv6lab.grading import _, require

GROUP = "routes"
TICKET = {
    "en": "Names: since dns-r got a new network card, the other servers reach it over IPv6, and "
    "nobody in another VLAN does. Over IPv4 all do.",
    "vi": "Tên miền: từ khi dns-r thay card mạng, qua IPv6 các máy chủ cùng VLAN vẫn tới được nó, "
    "còn VLAN khác thì không ai tới được. Qua IPv4 thì ai cũng tới được.",
}
CAUSE = {
    "en": "hq-core had a permanent entry in its neighbour cache with dns-r's old MAC address.",
    "vi": "Bộ nhớ láng giềng của hq-core có một mục cố định ghi địa chỉ MAC cũ của dns-r.",
}
TYPED = {
    "hq-core": "ip -6 neigh replace {{ servers.dns }} lladdr 02:00:5e:00:53:35 nud permanent "
    "dev srv\n",
}
MEND = {"hq-core": "ip -6 neigh del {{ servers.dns }} dev srv 2> /dev/null || true"}
FORBIDDEN = {
    "the old MAC address on dns-r": {
        "dns-r": "ip link set eth0 down\nip link set eth0 address 02:00:5e:00:53:35\n"
        "ip link set eth0 up\nip address add {{ servers.dns }}/{{ servers.length }} dev eth0 "
        "nodad\nip -6 route replace default via {{ servers.router }}\n"
        "ip route replace default via {{ servers.router4 }}",
    },
    "the new MAC address for ever": {
        "dns-r": "true",
        "hq-core": "ping -c 1 {{ dhcp.address }}\nfor try in 1 2 3; do ip -6 neigh replace "
        "{{ servers.dns }} lladdr $(ip -4 neigh show {{ servers.dns4 }} dev srv | grep -o "
        "'[0-9a-f:]\\{17\\}' || ping -q -c 1 {{ servers.dns4 }} > /dev/null) nud permanent dev "
        "srv && break; done",
    },
}
CLASHES = {
    "resolver-refuses-branch",
}


def symptom(lab):
    reach.reaches(lab, lab.node("hq-core"), lab.node("dns-r"), lab.plan.servers.dns)


def mended(lab):
    for vlan in ("staff", "voip"):
        with new_host(lab, vlan) as host:
            reach.reaches(lab, host, lab.node("dns-r"), lab.plan.servers.dns)
    address = IPv6Address(str(lab.plan.servers.dns))
    for entry in lab.node("hq-core").neighbours():
        require(
            entry.address != address or entry.state != "PERMANENT",
            _("{node} was told for ever who {address} is.", node="hq-core", address=address),
        )
