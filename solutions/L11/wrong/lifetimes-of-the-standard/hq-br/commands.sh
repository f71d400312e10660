systemctl restart kea-dhcp6-server
systemctl enable bird
systemctl restart bird
