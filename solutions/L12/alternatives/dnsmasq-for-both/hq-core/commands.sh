sysctl -p /etc/sysctl.d/60-router.conf
systemctl disable --now radvd
systemctl enable --now dnsmasq
