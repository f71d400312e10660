sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip address add {{ servers.router4 }}/{{ servers.length4 }} dev srv
ip address add {{ hq-fw--hq-core.hq-core4 }}/31 dev fw
ip route add default via {{ hq-fw--hq-core.hq-fw4 }}
ip address add {{ servers.router }}/{{ servers.length }} dev srv nodad
ip address add {{ hq-fw--hq-core.hq-core }}/127 dev fw nodad
ip -6 route add default via {{ hq-fw--hq-core.hq-fw }}
