systemctl restart radvd
systemctl enable nftables; systemctl restart nftables
