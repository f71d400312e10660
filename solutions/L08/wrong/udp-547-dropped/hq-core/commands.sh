# Before the server starts, or the PCs have asked it already.
nft add table inet filter
nft 'add chain inet filter input { type filter hook input priority 0; }'
nft add rule inet filter input udp dport 547 drop
systemctl restart radvd
systemctl enable --now kea-dhcp6-server
