sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ transit.inet }}/{{ transit.length }} dev transit nodad
address add {{ transit.inet4 }}/{{ transit.length4 }} dev transit
address add {{ outside.router }}/{{ outside.length }} dev lan nodad
address add {{ outside.router4 }}/{{ outside.length4 }} dev lan
route add {{ agency.prefix }} via {{ transit.gw }}
route add {{ agency.prefix4 }} via {{ transit.gw4 }}
END
