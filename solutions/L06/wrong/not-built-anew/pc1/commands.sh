sysctl -p /etc/sysctl.d/60-privacy.conf
