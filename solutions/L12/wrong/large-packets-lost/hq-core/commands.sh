sysctl -p /etc/sysctl.d/60-router.conf
systemctl restart radvd
systemctl enable nftables; systemctl restart nftables
