ip link add tun4 type ip6tnl mode ipip6 local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} \
    hoplimit 64 encaplimit none
ip link set tun4 up
ip route add {{ servers.prefix4 }} dev tun4

ip link add gre6 type ip6gre local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} \
    hoplimit 64 encaplimit none
ip link set gre6 up
ip route add {{ management.prefix4 }} dev gre6
ip -6 route add {{ management.prefix }} dev gre6

ip link set ip6gre0 up
