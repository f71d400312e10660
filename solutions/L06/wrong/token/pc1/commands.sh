sysctl -p /etc/sysctl.d/60-privacy.conf
sysctl -w net.ipv6.conf.eth0.addr_gen_mode=3
ip token set ::5c3a:91d7:6e02:b4f8 dev eth0
sysctl -w net.ipv6.conf.eth0.disable_ipv6=1
sysctl -w net.ipv6.conf.eth0.disable_ipv6=0
