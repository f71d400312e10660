# IPv4 of the application: 40 octets of IPv6 header in front of it, and nothing else.
ip link add tun4 type ip6tnl mode ipip6 local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} \
    hoplimit 64 encaplimit none
ip link set tun4 mtu 1460 up
ip route add {{ app.address4 }} dev tun4

# Management, both protocols: the GRE header says which, 4 octets more.
ip link add gre6 type ip6gre local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} \
    hoplimit 64 encaplimit none
ip link set gre6 mtu 1456 up
ip route add {{ nms.address4 }} dev gre6
ip -6 route add {{ nms.address }} dev gre6
