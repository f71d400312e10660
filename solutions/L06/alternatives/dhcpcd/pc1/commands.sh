sysctl -p /etc/sysctl.d/60-privacy.conf
ip -6 address flush dev eth0
systemctl enable --now dhcpcd
