sysctl -p /etc/sysctl.d/60-router.conf
