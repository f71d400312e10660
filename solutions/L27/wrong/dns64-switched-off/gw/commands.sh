systemctl restart radvd dnsmasq unbound
