systemctl restart dhcpcd
systemctl restart dhcpcd
