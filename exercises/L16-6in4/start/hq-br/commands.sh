# IPv4 has crossed the dedicated network for years. IPv6 has its addresses at either site for a week
# (nodad), and forwarding, and nothing beyond the border yet.
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=1
ip address add {{ servers.router4 }}/{{ servers.length4 }} dev fw
ip address add {{ servers.router }}/{{ servers.length }} dev fw nodad
ip address add {{ ts-pe1--hq-br.hq-br4 }}/31 dev ts
ip route add {{ br-dn.prefix4 }} via {{ ts-pe1--hq-br.ts-pe14 }}
ip route add {{ tslcd.prefix4 }} via {{ ts-pe1--hq-br.ts-pe14 }}
