ip tunnel add tun6rd mode sit local {{ access.rd-br4 }} ttl 64
ip tunnel 6rd dev tun6rd 6rd-prefix {{ rapid.prefix }} 6rd-relay_prefix {{ rapid.prefix4 }}
ip link set tun6rd mtu 1480 up
ip -6 address add {{ rapid.rd-br_address }}/32 dev tun6rd
nft -f /etc/nftables.conf
