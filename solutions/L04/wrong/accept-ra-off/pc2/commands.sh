sysctl -w net.ipv6.conf.eth0.accept_ra=0
ip -6 address flush dev eth0 scope global
ip -6 route flush proto ra
