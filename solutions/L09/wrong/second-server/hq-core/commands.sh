systemctl restart radvd
systemctl enable --now dnsmasq
