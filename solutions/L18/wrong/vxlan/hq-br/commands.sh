ip link add vx0 type vxlan id 18 local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} dstport 4789 udp6zerocsumrx
ip link set vx0 up
ip address add 198.18.244.0/31 dev vx0
ip route add {{ branch-staff.prefix4 }} via 198.18.244.1

ip link add gre6 type ip6gre local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} \
    hoplimit 64 encaplimit none
ip link set gre6 up
ip route add {{ branch-management.prefix4 }} dev gre6
ip -6 route add {{ branch-management.prefix }} dev gre6
