sysctl -qw net.ipv4.ip_forward=1
ip address add {{ ts-pe1--hq-br.ts-pe14 }}/31 dev hq-br
ip address add {{ ts-pe1--ts-pe2.ts-pe14 }}/31 dev core
ip route add {{ ts-pe2--br-dn.prefix4 }} via {{ ts-pe1--ts-pe2.ts-pe24 }}
ip route add {{ hq.prefix4 }} via {{ ts-pe1--hq-br.hq-br4 }}
ip route add {{ dmz.prefix4 }} via {{ ts-pe1--hq-br.hq-br4 }}
ip route add {{ br-dn.prefix4 }} via {{ ts-pe1--ts-pe2.ts-pe24 }}
