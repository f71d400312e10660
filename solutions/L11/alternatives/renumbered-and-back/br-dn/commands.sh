sysctl -qp /etc/sysctl.d/60-router.conf
systemctl enable --now dhcpcd
systemctl enable --now dnsmasq
