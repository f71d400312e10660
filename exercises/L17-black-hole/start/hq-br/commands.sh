sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=1
ip address add {{ hq-br--hq-fw.hq-br4 }}/31 dev fw
ip address add {{ hq-br--hq-fw.hq-br }}/127 dev fw nodad
ip address add {{ ts-pe1--hq-br.hq-br4 }}/31 dev ts
ip route add {{ hq.prefix4 }} via {{ hq-br--hq-fw.hq-fw4 }}
ip route add {{ dmz.prefix4 }} via {{ hq-br--hq-fw.hq-fw4 }}
ip route add {{ br-dn.prefix4 }} via {{ ts-pe1--hq-br.ts-pe14 }}
ip route add {{ tslcd.prefix4 }} via {{ ts-pe1--hq-br.ts-pe14 }}
ip -6 route add {{ hq.prefix }} via {{ hq-br--hq-fw.hq-fw }}
# The tunnel to the branch, across the IPv4-only dedicated network.
ip tunnel add tun6 mode sit local {{ ts-pe1--hq-br.hq-br4 }} remote {{ ts-pe2--br-dn.br-dn4 }} ttl 64
ip link set tun6 mtu 1480 up
ip address add {{ tunnel-hq--tunnel-br.tunnel-hq }}/127 dev tun6
ip -6 route add {{ br-dn.prefix }} dev tun6
systemctl enable --now nftables
