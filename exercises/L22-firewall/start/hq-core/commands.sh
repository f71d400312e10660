sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ hq-fw--hq-core.hq-core }}/127 dev fw nodad
address add {{ hq-fw--hq-core.hq-core4 }}/31 dev fw
address add {{ staff.router }}/{{ staff.length }} dev staff nodad
address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
address add {{ management.router }}/{{ management.length }} dev mgmt nodad
address add {{ management.router4 }}/{{ management.length4 }} dev mgmt
route add default via {{ hq-fw--hq-core.hq-fw }}
route add default via {{ hq-fw--hq-core.hq-fw4 }}
END
