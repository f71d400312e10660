sysctl -p /etc/sysctl.d/60-router.conf
systemctl enable --now radvd
ip -4 address flush dev staff
