ip link add tun4 type ip6tnl mode any local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} \
    hoplimit 64 encaplimit none
ip link set tun4 up
ip route add {{ branch-staff.prefix4 }} dev tun4
ip route add {{ branch-management.prefix4 }} dev tun4
ip -6 route add {{ branch-management.prefix }} dev tun4
