systemctl start dnsmasq
