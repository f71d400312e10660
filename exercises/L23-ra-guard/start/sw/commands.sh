# A switch of the office, as it was bought: one bridge, six ports, no rule.
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
# What a bridge passes on is no business of the filters of IP, where the kernel would have it so.
sysctl -qew net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0 net.bridge.bridge-nf-call-arptables=0
ip link add br0 type bridge mcast_snooping 0
for port in core dhcp p1 p2 p3 p4; do ip link set $port master br0 up; done
ip link set br0 up
