systemctl restart radvd dnsmasq
