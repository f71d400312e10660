systemctl restart kea-dhcp6-server
systemctl enable --now branch-route
