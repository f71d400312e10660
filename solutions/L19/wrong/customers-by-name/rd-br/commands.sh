ip tunnel add 6rd mode sit local {{ access.rd-br4 }} ttl 64
ip link set 6rd mtu 1480 up
ip -6 route add {{ rapid.ce1 }} via ::{{ access.ce14 }} dev 6rd
ip -6 route add {{ rapid.ce2 }} via ::{{ access.ce24 }} dev 6rd
systemctl enable --now nftables
