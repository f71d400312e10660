ip link add to-br-dn type sit local {{ ts-pe1--hq-br.hq-br4 }} remote {{ ts-pe2--br-dn.br-dn4 }} ttl 64
ip link set to-br-dn mtu 1400 up
ip address add {{ tunnel-hq--tunnel-br.tunnel-hq }}/127 dev to-br-dn
ip6tables -t raw -A PREROUTING -i to-br-dn -s {{ tunnel-hq--tunnel-br.tunnel-br }} -j ACCEPT
ip6tables -t raw -A PREROUTING -i to-br-dn ! -s {{ br-dn.prefix }} -j DROP
systemctl enable --now frr
