ip -6 address flush dev eth0 scope global
systemctl disable --now kea-dhcp6-server 2> /dev/null || true
systemctl disable --now radvd 2> /dev/null || true
