systemctl restart radvd
ip -6 neigh del {{ servers.dns }} dev srv 2> /dev/null || true
systemctl restart dnsmasq
