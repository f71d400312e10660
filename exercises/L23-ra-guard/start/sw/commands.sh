# A switch of the office, as it was bought: one bridge, six ports, no rule.
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add br0 type bridge
for port in core dhcp p1 p2 p3 p4; do ip link set $port master br0 up; done
ip link set br0 up
