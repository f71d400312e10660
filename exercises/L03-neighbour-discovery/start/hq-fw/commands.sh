# Who has been here for years has looked for duplicates long ago (nodad).
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip address add {{ hq-fw--hq-core.hq-fw4 }}/31 dev core
ip route add {{ servers.prefix4 }} via {{ hq-fw--hq-core.hq-core4 }}
ip address add {{ hq-fw--hq-core.hq-fw }}/127 dev core nodad
ip -6 route add {{ servers.prefix }} via {{ hq-fw--hq-core.hq-core }}
