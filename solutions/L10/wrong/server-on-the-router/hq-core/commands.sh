systemctl enable --now dnsmasq
