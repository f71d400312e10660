systemctl restart unbound
nft add table ip6 f
nft 'add chain ip6 f input { type filter hook input priority 0; }'
nft add rule ip6 f input tcp dport 53 drop
