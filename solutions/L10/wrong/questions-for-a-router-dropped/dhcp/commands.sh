systemctl restart kea-dhcp6-server
