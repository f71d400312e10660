ip tunnel add tun6 mode sit local {{ ts-pe2--br-dn.br-dn4 }} remote {{ ts-pe1--hq-br.hq-br4 }} ttl 64
ip link set tun6 mtu 1480 up
ip -6 address add {{ tunnel-hq--tunnel-br.tunnel-br }}/127 dev tun6
ip -6 route add default dev tun6
# What the branch does not use shall not go back into the tunnel.
ip -6 route add unreachable {{ br-dn.prefix }}
systemctl enable --now nftables
