sysctl -qw net.ipv6.conf.eth0.accept_ra=0
ip address add {{ dhcp.address4 }}/{{ servers.length4 }} dev eth0
ip route add default via {{ servers.router4 }}
ip address add {{ dhcp.address }}/{{ servers.length }} dev eth0 nodad
ip -6 route add default via {{ servers.router }}
systemctl enable --now kea-dhcp6-server
