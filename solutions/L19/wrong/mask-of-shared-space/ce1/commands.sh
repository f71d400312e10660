ip tunnel add 6rd mode sit local {{ access.ce14 }} ttl 64
ip tunnel 6rd dev 6rd 6rd-prefix {{ rapid.prefix }} 6rd-relay_prefix 100.64.0.0/10
ip link set 6rd mtu 1480 up
ip -6 route add {{ rapid.prefix }} dev 6rd
ip -6 route add default via ::{{ access.rd-br4 }} dev 6rd
ip -6 route add unreachable 3fff:10:4:800::/54
ip -6 address add 3fff:10:4:801::1/64 dev lan
systemctl enable --now nftables radvd
