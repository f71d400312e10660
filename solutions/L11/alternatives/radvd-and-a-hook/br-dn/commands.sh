sysctl -qp /etc/sysctl.d/60-router.conf
systemctl enable radvd
systemctl enable --now dhcpcd
