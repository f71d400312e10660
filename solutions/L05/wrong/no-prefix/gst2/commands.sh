sysctl -p /etc/sysctl.d/60-routes.conf
ip -6 address flush dev eth0 scope global
