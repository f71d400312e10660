sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=1
ip address add {{ branch-staff.router4 }}/{{ branch-staff.length4 }} dev lan1
ip address add {{ branch-staff.router }}/{{ branch-staff.length }} dev lan1 nodad
ip address add {{ ts-pe2--br-dn.br-dn4 }}/31 dev wan
ip route add default via {{ ts-pe2--br-dn.ts-pe24 }}
ip tunnel add tun6 mode sit local {{ ts-pe2--br-dn.br-dn4 }} remote {{ ts-pe1--hq-br.hq-br4 }} ttl 64
ip link set tun6 mtu 1480 up
ip address add {{ tunnel-hq--tunnel-br.tunnel-br }}/127 dev tun6
ip -6 route add default dev tun6
ip -6 route add unreachable {{ br-dn.prefix }}
