sysctl -p /etc/sysctl.d/60-privacy.conf
ip link set dev eth0 down
ip link set dev eth0 up
