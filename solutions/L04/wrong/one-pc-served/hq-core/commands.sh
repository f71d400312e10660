sysctl -p /etc/sysctl.d/60-router.conf
systemctl enable --now radvd
# pc1's MAC address
nft add table ip6 filter
nft add chain ip6 filter forward "{ type filter hook forward priority 0; policy drop; }"
nft add rule ip6 filter forward ct state established,related accept
nft add rule ip6 filter forward iifname srv accept
nft add rule ip6 filter forward iifname staff ether saddr 02:c7:58:60:34:cc accept
