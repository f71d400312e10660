sysctl -qw net.ipv6.conf.eth0.accept_ra=0
ip address add {{ dhcp.staff4 }}/{{ staff.length4 }} dev eth0
ip route add default via {{ staff.router4 }}
ip address add {{ dhcp.staff }}/{{ staff.length }} dev eth0 nodad
ip -6 route add default via {{ staff.router }}
