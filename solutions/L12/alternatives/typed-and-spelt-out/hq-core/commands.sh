sysctl -w net.ipv6.conf.all.forwarding=1
systemctl reload radvd
