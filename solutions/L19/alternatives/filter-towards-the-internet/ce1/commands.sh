ip tunnel add 6rd mode sit local {{ access.ce14 }} ttl 64
ip tunnel 6rd dev 6rd 6rd-prefix {{ rapid.prefix }} 6rd-relay_prefix {{ rapid.prefix4 }}
ip link set 6rd mtu 1480 up
# Other customers directly, everybody else through the relay; of our own what is on no LAN nowhere.
ip -6 route add {{ rapid.prefix }} dev 6rd
ip -6 route add default via ::{{ access.rd-br4 }} dev 6rd
ip -6 route add unreachable {{ rapid.ce1 }}
ip -6 address add {{ rapid.ce1_router }}/64 dev lan
systemctl enable --now nftables radvd
