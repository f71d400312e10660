sysctl -qp /etc/sysctl.d/60-router.conf
systemctl start dhcpcd
systemctl enable --now dnsmasq
