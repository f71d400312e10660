sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ transit.inet }}/{{ transit.length }} dev transit nodad
address add {{ transit.inet4 }}/{{ transit.length4 }} dev transit
address add {{ outside.router }}/{{ outside.length }} dev lan nodad
address add {{ outside.router4 }}/{{ outside.length4 }} dev lan
route add {{ hq.prefix }} via {{ transit.hq-fw }}
route add {{ dmz.prefix4 }} via {{ transit.hq-fw4 }}
route add {{ br-dn.prefix }} via {{ transit.br-dn }}
route add {{ branch-dmz.prefix4 }} via {{ transit.br-dn4 }}
route add {{ vnnic.prefix }} via {{ transit.vnnic }}
route add {{ vnnic.prefix4 }} via {{ transit.vnnic4 }}
END
