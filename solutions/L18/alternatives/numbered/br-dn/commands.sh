ip link add tun4 type ip6tnl mode any local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} encaplimit none hoplimit 255
ip link set tun4 up
ip address add 198.18.244.1/31 dev tun4
ip route add {{ servers.prefix4 }} via 198.18.244.0
ip link add gre6 type ip6gre local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} encaplimit none hoplimit 255
ip link set gre6 up
ip address add 198.18.245.1/31 dev gre6
ip -6 address add 2001:db8:{{ agency.group }}:f5::1/127 dev gre6 nodad
ip route add {{ management.prefix4 }} via 198.18.245.0
ip -6 route add {{ management.prefix }} via 2001:db8:{{ agency.group }}:f5::
