ip tunnel add 6rd mode sit remote {{ access.rd-br4 }} local {{ access.ce14 }} ttl 64
ip link set 6rd mtu 1480 up
ip -6 route add default dev 6rd
ip -6 route add unreachable {{ rapid.ce1 }}
ip -6 address add {{ rapid.ce1_router }}/64 dev lan
systemctl enable --now nftables radvd
