sysctl -w net.ipv6.conf.eth0.disable_ipv6=1
