ip tunnel del tun6
ip tunnel add tun6 mode sit local {{ ts-pe1--hq-br.hq-br4 }} remote {{ ts-pe2--br-dn.br-dn4 }} ttl inherit nopmtudisc
ip link set tun6 mtu 1500 up
ip address add {{ tunnel-hq--tunnel-br.tunnel-hq }}/127 dev tun6
ip -6 route add {{ br-dn.prefix }} dev tun6
