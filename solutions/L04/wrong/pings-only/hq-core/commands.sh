sysctl -p /etc/sysctl.d/60-router.conf
systemctl enable --now radvd
nft add table inet fault
nft add chain inet fault forward '{ type filter hook forward priority -10; policy accept; }'
nft add rule inet fault forward meta nfproto ipv6 meta l4proto tcp drop
