ip tunnel add tun6 mode sit local {{ ts-pe1--hq-br.hq-br4 }} remote {{ ts-pe2--br-dn.br-dn4 }} ttl 64
ip link set tun6 mtu 1480 up
ip -6 address add {{ tunnel-hq--tunnel-br.tunnel-hq }}/127 dev tun6
ip -6 route add {{ branch-staff.prefix }} dev tun6
ip -6 address add {{ ts-pe1--hq-br.hq-br }}/127 dev ts nodad
ip -6 route add {{ br-dn.prefix }} via {{ ts-pe1--hq-br.ts-pe1 }}
systemctl enable --now nftables
