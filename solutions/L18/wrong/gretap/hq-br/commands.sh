ip link add tun4 type ip6tnl mode ipip6 local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} \
    hoplimit 64 encaplimit none
ip link set tun4 up
ip route add {{ branch-staff.prefix4 }} dev tun4

ip link add gre6 type ip6gretap local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} encaplimit none
ip link set gre6 up
ip address add 198.18.245.0/31 dev gre6
ip -6 address add 2001:db8:{{ agency.group }}:f5::/127 dev gre6 nodad
ip route add {{ branch-management.prefix4 }} via 198.18.245.1
ip -6 route add {{ branch-management.prefix }} via 2001:db8:{{ agency.group }}:f5::1
