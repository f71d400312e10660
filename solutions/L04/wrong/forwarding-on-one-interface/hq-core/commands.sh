sysctl -w net.ipv6.conf.staff.forwarding=1
systemctl enable --now radvd
