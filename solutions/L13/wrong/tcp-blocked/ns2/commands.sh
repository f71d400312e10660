systemctl restart named
systemctl enable --now nftables
