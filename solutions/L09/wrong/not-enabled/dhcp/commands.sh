systemctl start kea-dhcp6-server
