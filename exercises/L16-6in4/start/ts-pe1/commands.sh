sysctl -qw net.ipv4.ip_forward=1
ip address add {{ ts-pe1--hq-br.ts-pe14 }}/31 dev hq-br
ip address add {{ ts-pe1--ts-pe2.ts-pe14 }}/31 dev core
ip route add {{ ts-pe2--br-dn.prefix4 }} via {{ ts-pe1--ts-pe2.ts-pe24 }}
ip route add {{ hq.prefix4 }} via {{ ts-pe1--hq-br.hq-br4 }}
ip route add {{ br-dn.prefix4 }} via {{ ts-pe1--ts-pe2.ts-pe24 }}
# The engineers' trial of native IPv6, which customers may not use.
sysctl -qw net.ipv6.conf.all.forwarding=1
ip address add {{ ts-pe1--hq-br.ts-pe1 }}/127 dev hq-br nodad
ip address add {{ ts-pe1--ts-pe2.ts-pe1 }}/127 dev core nodad
ip -6 route add {{ hq.prefix }} via {{ ts-pe1--hq-br.hq-br }}
ip -6 route add {{ br-dn.prefix }} via {{ ts-pe1--ts-pe2.ts-pe2 }}
