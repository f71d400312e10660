sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ transit.hq-fw }}/{{ transit.length }} dev wan nodad
address add {{ transit.hq-fw4 }}/{{ transit.length4 }} dev wan
address add {{ dmz.router }}/{{ dmz.length }} dev dmz nodad
address add {{ dmz.router4 }}/{{ dmz.length4 }} dev dmz
route add default via {{ transit.inet }}
route add default via {{ transit.inet4 }}
END
