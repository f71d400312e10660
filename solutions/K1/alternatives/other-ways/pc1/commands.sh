ip -6 address flush dev eth0 scope global
systemctl restart dhcpcd
systemctl restart dhcpcd
: > /etc/gai.conf
