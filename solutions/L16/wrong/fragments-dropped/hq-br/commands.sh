ip tunnel add tun6 mode sit local {{ ts-pe1--hq-br.hq-br4 }} remote {{ ts-pe2--br-dn.br-dn4 }} ttl 64
ip link set tun6 mtu 1480 up
ip -6 address add {{ tunnel-hq--tunnel-br.tunnel-hq }}/127 dev tun6
ip -6 route add {{ br-dn.prefix }} dev tun6
systemctl enable --now nftables
