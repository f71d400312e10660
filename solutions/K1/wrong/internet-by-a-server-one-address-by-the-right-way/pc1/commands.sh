ip -6 address flush dev eth0 scope global
systemctl restart dhcpcd
rm -f /etc/gai.conf
systemctl restart dhcpcd
