systemctl enable --now dhcpcd
systemctl enable --now dnsmasq
