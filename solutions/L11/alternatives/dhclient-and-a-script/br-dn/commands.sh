sysctl -qp /etc/sysctl.d/60-router.conf
systemctl enable --now dnsmasq
systemctl enable --now delegation
