ip tunnel add tun6to4 mode sit remote any local {{ access.ce14 }} ttl 64
ip link set tun6to4 up
ip -6 address add 2002:6440:102::1/16 dev tun6to4
ip -6 route add default via ::192.88.99.1 dev tun6to4
ip -6 address add 2002:6440:102:1::1/64 dev lan
systemctl enable --now radvd
