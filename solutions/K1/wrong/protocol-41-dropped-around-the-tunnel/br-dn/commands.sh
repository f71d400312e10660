ip -6 route replace default dev tun6
sysctl -p /etc/sysctl.d/60-router.conf
systemctl restart radvd
ip address add fe80::2/64 dev wan nodad
ip -6 route replace default via fe80::1 dev wan
