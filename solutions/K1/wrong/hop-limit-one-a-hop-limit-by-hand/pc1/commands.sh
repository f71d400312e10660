ip -6 address flush dev eth0 scope global
systemctl restart dhcpcd
rm -f /etc/gai.conf
systemctl restart dhcpcd
sysctl -w net.ipv6.conf.eth0.hop_limit=64
