systemctl restart nftables
