systemctl enable --now kea-dhcp6-server
