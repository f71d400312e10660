ip link set dev eth0 addrgenmode random
sysctl -w net.ipv6.conf.eth0.use_tempaddr=2
sysctl -w net.ipv6.conf.eth0.temp_valid_lft=172800
# This takes the default route of IPv4 with it.
ip link set dev eth0 down
ip link set dev eth0 up
ip route add default via {{ staff.router4 }}
