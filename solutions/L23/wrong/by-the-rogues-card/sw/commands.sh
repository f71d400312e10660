systemctl enable --now nftables
