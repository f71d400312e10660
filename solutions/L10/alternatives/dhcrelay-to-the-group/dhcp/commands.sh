systemctl disable --now kea-dhcp6-server
systemctl enable --now dnsmasq
