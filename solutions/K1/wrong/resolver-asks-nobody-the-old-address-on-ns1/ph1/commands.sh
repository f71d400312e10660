systemctl restart dhcpcd
