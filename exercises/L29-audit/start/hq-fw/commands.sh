sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ outside.router }}/{{ outside.length }} dev wan nodad
address add {{ outside.router4 }}/{{ outside.length4 }} dev wan
address add {{ management.router }}/{{ management.length }} dev mgmt nodad
address add {{ management.router4 }}/{{ management.length4 }} dev mgmt
route add {{ internet.prefix }} via {{ web-ext.address }}
route add {{ internet.prefix4 }} via {{ web-ext.address4 }}
END
