sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ outside.router }}/{{ outside.length }} dev wan nodad
address add {{ outside.router4 }}/{{ outside.length4 }} dev wan
address add {{ dmz.router }}/{{ dmz.length }} dev dmz nodad
address add {{ dmz.router4 }}/{{ dmz.length4 }} dev dmz
address add {{ hq-fw--hq-core.hq-fw }}/127 dev core nodad
address add {{ hq-fw--hq-core.hq-fw4 }}/31 dev core
route add {{ hq.prefix }} via {{ hq-fw--hq-core.hq-core }}
route add {{ hq.prefix4 }} via {{ hq-fw--hq-core.hq-core4 }}
END
systemctl enable --now nftables
