systemctl enable --now nftables    # it counts before anything comes
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ outside.router }}/{{ outside.length }} dev wan nodad
address add {{ outside.router4 }}/{{ outside.length4 }} dev wan
address add {{ dmz.router }}/{{ dmz.length }} dev dmz nodad
address add {{ dmz.router4 }}/{{ dmz.length4 }} dev dmz
address add {{ staff.router }}/{{ staff.length }} dev staff nodad
address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
address add {{ management.router }}/{{ management.length }} dev mgmt nodad
address add {{ management.router4 }}/{{ management.length4 }} dev mgmt
address add {{ ts-pe1--hq-br.hq-br }}/127 dev ts nodad
address add {{ ts-pe1--hq-br.hq-br4 }}/31 dev ts
route add {{ internet.prefix }} via {{ web-ext.address }}
route add {{ isp-a.prefix4 }} via {{ web-ext.address4 }}
route add {{ transit.prefix4 }} via {{ web-ext.address4 }}
route add {{ br-dn.prefix }} via {{ ts-pe1--hq-br.ts-pe1 }}
route add {{ br-dn.prefix4 }} via {{ ts-pe1--hq-br.ts-pe14 }}
END
