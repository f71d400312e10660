systemctl enable --now dnsmasq
systemctl restart radvd
