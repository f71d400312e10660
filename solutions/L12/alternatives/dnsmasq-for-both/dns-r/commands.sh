systemctl disable --now unbound
systemctl enable --now dnsmasq
