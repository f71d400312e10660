nft -f /etc/nftables.conf
