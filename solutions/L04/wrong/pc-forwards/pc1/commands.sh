sysctl -w net.ipv6.conf.all.forwarding=1
ip -6 address flush dev eth0 scope global
