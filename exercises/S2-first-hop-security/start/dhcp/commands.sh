sysctl -qw net.ipv6.conf.eth0.accept_ra=0
ip address add {{ dhcp.guest4 }}/{{ guest.length4 }} dev eth0
ip address add {{ dhcp.guest }}/{{ guest.length }} dev eth0 nodad
systemctl enable --now dnsmasq
