ip link add to-hq type sit local {{ ts-pe2--br-dn.br-dn4 }} remote {{ ts-pe1--hq-br.hq-br4 }} ttl 64
ip link set to-hq mtu 1400 up
ip address add {{ tunnel-hq--tunnel-br.tunnel-br }}/127 dev to-hq
systemctl enable --now frr
