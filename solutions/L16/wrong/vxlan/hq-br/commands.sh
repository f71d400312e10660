ip link add tun6 type vxlan id 6 local {{ ts-pe1--hq-br.hq-br4 }} remote {{ ts-pe2--br-dn.br-dn4 }} dstport 4789
ip link set tun6 mtu 1450 up
ip -6 address add {{ tunnel-hq--tunnel-br.tunnel-hq }}/127 dev tun6
ip -6 route add {{ br-dn.prefix }} via {{ tunnel-hq--tunnel-br.tunnel-br }}
systemctl enable --now nftables
