ip link add vx0 type vxlan id 18 local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} dstport 4789 udp6zerocsumrx
ip link set vx0 up
ip address add 198.18.244.1/31 dev vx0
ip route add {{ servers.prefix4 }} via 198.18.244.0

ip link add gre6 type ip6gre local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} \
    hoplimit 64 encaplimit none
ip link set gre6 up
ip route add {{ management.prefix4 }} dev gre6
ip -6 route add {{ management.prefix }} dev gre6
