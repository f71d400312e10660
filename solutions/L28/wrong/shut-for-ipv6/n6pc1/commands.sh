systemctl enable --now nftables
systemctl daemon-reload
systemctl restart dhcpcd
