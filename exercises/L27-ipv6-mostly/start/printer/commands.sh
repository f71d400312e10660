sysctl -qw net.ipv6.conf.all.disable_ipv6=1
systemctl enable --now dhcpcd
