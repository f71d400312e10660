# One interface for all customers: the IPv4 address of each stands in its IPv6 address.
ip tunnel add 6rd mode sit local {{ access.rd-br4 }} ttl 64
ip tunnel 6rd dev 6rd 6rd-prefix {{ rapid.prefix }} 6rd-relay_prefix {{ rapid.prefix4 }}
ip link set 6rd mtu 1480 up
ip -6 route add {{ rapid.prefix }} dev 6rd
# What 6rd delegates to the relay itself is on no LAN.
ip -6 route add unreachable {{ rapid.rd-br }}
systemctl enable --now nftables
