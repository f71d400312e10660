ip link add tun6 type vxlan id 6 local {{ ts-pe2--br-dn.br-dn4 }} remote {{ ts-pe1--hq-br.hq-br4 }} dstport 4789
ip link set tun6 mtu 1450 up
ip -6 address add {{ tunnel-hq--tunnel-br.tunnel-br }}/127 dev tun6
ip -6 route add default via {{ tunnel-hq--tunnel-br.tunnel-hq }}
# What the branch does not use shall not go back into the tunnel.
ip -6 route add unreachable {{ br-dn.prefix }}
systemctl enable --now nftables
