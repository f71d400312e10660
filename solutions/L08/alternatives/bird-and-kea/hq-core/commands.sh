systemctl disable --now radvd
systemctl enable --now bird
systemctl enable --now kea-dhcp6-server
