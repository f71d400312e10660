ip link add tun4 type ip6tnl mode ipip6 local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} \
    hoplimit 64 encaplimit none
ip link set tun4 up
ip route add {{ branch-staff.prefix4 }} dev tun4

ip link add gre6 type ip6gre local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} \
    hoplimit 64 encaplimit none
ip link set gre6 up
ip route add {{ branch-management.prefix4 }} dev gre6
ip -6 route add {{ branch-management.prefix }} dev gre6
