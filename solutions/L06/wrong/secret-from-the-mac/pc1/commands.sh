sysctl -p /etc/sysctl.d/60-privacy.conf
mac=$(sed 's/\(..\):\(..\)/\1\2/g' /sys/class/net/eth0/address)
sysctl -w net.ipv6.conf.eth0.stable_secret=::$mac
# The addresses that are there were built the old way: build all of them anew, without touching IPv4.
sysctl -w net.ipv6.conf.eth0.disable_ipv6=1
sysctl -w net.ipv6.conf.eth0.disable_ipv6=0
