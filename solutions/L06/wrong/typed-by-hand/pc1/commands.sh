sysctl -w net.ipv6.conf.eth0.autoconf=0
sysctl -w net.ipv6.conf.eth0.addr_gen_mode=3
sysctl -w net.ipv6.conf.eth0.disable_ipv6=1
sysctl -w net.ipv6.conf.eth0.disable_ipv6=0
ip address add {{ staff.network }}1f60:c8e2:945b/64 dev eth0
ip address add {{ staff-second.network }}68d4:97:3cf2/64 dev eth0
