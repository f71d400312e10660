systemctl restart radvd
systemctl disable --now dnsmasq
systemctl enable --now kea-dhcp4-server
