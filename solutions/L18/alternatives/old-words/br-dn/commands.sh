ip -6 tunnel add app mode ipip6 local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} encaplimit none hoplimit 64
ip link set app up mtu 1460
ip -4 route add {{ servers.prefix4 }} dev app
ip -6 tunnel add mgmt-gre mode ip6gre local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} encaplimit none hoplimit 64
ip link set mgmt-gre up mtu 1456
ip -4 route add {{ management.prefix4 }} dev mgmt-gre
ip -6 route add {{ management.prefix }} dev mgmt-gre
