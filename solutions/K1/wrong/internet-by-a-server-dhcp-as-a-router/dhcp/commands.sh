ip address del {{ servers.dns }}/{{ servers.length }} dev eth0
systemctl restart kea-dhcp6-server
sysctl -w net.ipv6.conf.all.forwarding=1
ip -6 route add {{ outside.prefix }} via {{ servers.router }}
