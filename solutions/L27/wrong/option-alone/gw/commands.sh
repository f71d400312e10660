systemctl restart dnsmasq
