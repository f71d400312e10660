sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ifup -a
systemctl enable --now nftables
