ip link add hq-br type sit local {{ ts-pe2--br-dn.br-dn4 }} remote {{ ts-pe1--hq-br.hq-br4 }}
ip link set hq-br mtu 1280 up
ip -6 address add {{ tunnel-hq--tunnel-br.tunnel-br }}/127 dev hq-br
ip -6 route add ::/0 via {{ tunnel-hq--tunnel-br.tunnel-hq }}
# What the branch does not use shall not go back into the tunnel.
ip -6 route add blackhole {{ br-dn.prefix }}
