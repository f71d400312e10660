systemctl restart radvd
systemctl disable --now dnsmasq
