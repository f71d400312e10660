ip link add br-dn type sit local {{ ts-pe1--hq-br.hq-br4 }} remote {{ ts-pe2--br-dn.br-dn4 }}
ip link set br-dn mtu 1280 up
ip -6 address add {{ tunnel-hq--tunnel-br.tunnel-hq }}/127 dev br-dn
ip -6 route add {{ br-dn.prefix }} dev br-dn
systemctl enable --now nftables
