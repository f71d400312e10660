sysctl -p /etc/sysctl.d/60-router.conf
systemctl enable --now radvd
ping -c 1 -w 5 {{ pc1.address4 }} > /dev/null; ping -c 1 -w 5 {{ pc2.address4 }} > /dev/null
known=$(ip neigh show dev staff | awk '{ for (i = 1; i < NF; i++) if ($i == "lladdr") print $(i + 1) }' | sort -u | paste -sd ,)
nft add table inet fault
nft add chain inet fault forward '{ type filter hook forward priority -10; policy accept; }'
nft add rule inet fault forward iifname staff meta nfproto ipv6 ether saddr != "{ $known }" drop
