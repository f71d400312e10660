systemctl disable --now radvd
systemctl enable --now dnsmasq
