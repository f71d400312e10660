ip -6 route del default
systemctl restart kea-dhcp6-server
