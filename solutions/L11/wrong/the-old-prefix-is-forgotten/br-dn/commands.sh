sysctl -qp /etc/sysctl.d/60-router.conf
systemctl enable --now radvd
systemctl enable --now dhcpcd
