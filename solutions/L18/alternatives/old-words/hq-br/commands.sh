ip -6 tunnel add app mode ipip6 local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} encaplimit none hoplimit 64
ip link set app up mtu 1460
ip -4 route add {{ branch-staff.prefix4 }} dev app
ip -6 tunnel add mgmt-gre mode ip6gre local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} encaplimit none hoplimit 64
ip link set mgmt-gre up mtu 1456
ip -4 route add {{ branch-management.prefix4 }} dev mgmt-gre
ip -6 route add {{ branch-management.prefix }} dev mgmt-gre
