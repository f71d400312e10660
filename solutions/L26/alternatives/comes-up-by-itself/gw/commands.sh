systemctl enable --now nftables nat64
systemctl restart unbound
