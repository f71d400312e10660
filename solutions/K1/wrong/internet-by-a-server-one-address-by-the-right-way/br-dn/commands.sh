ip -6 route replace default dev tun6
sysctl -p /etc/sysctl.d/60-router.conf
systemctl restart radvd
systemctl reload nftables
