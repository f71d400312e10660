sysctl -p /etc/sysctl.d/60-routes.conf
