systemctl disable --now radvd
systemctl enable --now frr
systemctl enable --now kea-dhcp6-server
