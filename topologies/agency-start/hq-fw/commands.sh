sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ hq-fw--hq-core.hq-fw }}/127 dev core nodad
address add {{ hq-fw--hq-core.hq-fw4 }}/31 dev core
address add {{ dmz.router }}/{{ dmz.length }} dev dmz nodad
address add {{ dmz.router4 }}/{{ dmz.length4 }} dev dmz
address add {{ hq-br--hq-fw.hq-fw }}/127 dev wan nodad
address add {{ hq-br--hq-fw.hq-fw4 }}/31 dev wan
address add {{ hq-fw.loopback }}/128 dev lo
route add default via {{ hq-br--hq-fw.hq-br }}
route add default via {{ hq-br--hq-fw.hq-br4 }}
route add {{ hq-br.loopback }}/128 via {{ hq-br--hq-fw.hq-br }}
route add {{ hq.prefix }} via {{ hq-fw--hq-core.hq-core }}
route add {{ hq.prefix4 }} via {{ hq-fw--hq-core.hq-core4 }}
END
