systemctl enable --now nftables
mkdir -p /var/lib/tayga
tayga --mktun
ip link set nat64 up
ip route add 192.168.255.0/24 dev nat64
ip route add {{ nat64.prefix }} dev nat64
systemctl enable --now tayga
systemctl restart unbound
