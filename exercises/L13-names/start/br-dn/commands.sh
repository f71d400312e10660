sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ transit.br-dn }}/{{ transit.length }} dev wan nodad
address add {{ transit.br-dn4 }}/{{ transit.length4 }} dev wan
address add {{ branch-dmz.router }}/{{ branch-dmz.length }} dev dmz nodad
address add {{ branch-dmz.router4 }}/{{ branch-dmz.length4 }} dev dmz
route add default via {{ transit.inet }}
route add default via {{ transit.inet4 }}
END
