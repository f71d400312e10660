sysctl -p /etc/sysctl.d/60-router.conf
systemctl restart radvd
nft add table ip6 n
nft 'add chain ip6 n post { type nat hook postrouting priority 100; }'
nft add rule ip6 n post oifname srv masquerade
