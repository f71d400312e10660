sysctl -qw net.ipv6.conf.eth0.accept_ra=0
ip -batch - <<'END'
address add {{ dhcp.address }}/{{ servers.length }} dev eth0 nodad
address add {{ dhcp.address4 }}/{{ servers.length4 }} dev eth0
route add default via {{ servers.router }}
route add default via {{ servers.router4 }}
END
systemctl enable --now kea-dhcp6-server
