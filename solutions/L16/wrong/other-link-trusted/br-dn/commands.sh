ip tunnel add tun6 mode sit local {{ ts-pe2--br-dn.br-dn4 }} remote any ttl 64
ip link set tun6 mtu 1480 up
ip -6 address add {{ tunnel-hq--tunnel-br.tunnel-br }}/128 dev tun6
ip -6 route add {{ tunnel-hq--tunnel-br.tunnel-hq }} via ::{{ ts-pe1--hq-br.hq-br4 }} dev tun6
ip -6 route add default via ::{{ ts-pe1--hq-br.hq-br4 }} dev tun6
# What the branch does not use shall not go back into the tunnel.
ip -6 route add unreachable {{ br-dn.prefix }}
systemctl enable --now nftables
