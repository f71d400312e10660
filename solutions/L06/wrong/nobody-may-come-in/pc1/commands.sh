sysctl -p /etc/sysctl.d/60-privacy.conf
# The addresses that are there were built the old way: build all of them anew, without touching IPv4.
sysctl -w net.ipv6.conf.eth0.disable_ipv6=1
sysctl -w net.ipv6.conf.eth0.disable_ipv6=0
nft add table inet filter
nft add chain inet filter input '{ type filter hook input priority 0; policy drop; }'
nft add rule inet filter input ct state established,related accept
nft add rule inet filter input iif lo accept
nft add rule inet filter input meta l4proto { icmp, icmpv6 } accept
