sysctl -p /etc/sysctl.d/60-privacy.conf
# The addresses that are there were built the old way: build all of them anew, without touching IPv4.
sysctl -w net.ipv6.conf.eth0.disable_ipv6=1
sysctl -w net.ipv6.conf.eth0.disable_ipv6=0
