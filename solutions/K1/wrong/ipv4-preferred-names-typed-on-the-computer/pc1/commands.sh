ip -6 address flush dev eth0 scope global
systemctl restart dhcpcd
systemctl restart dhcpcd
echo '{{ www.address }} {{ www.name }}' >> /etc/hosts
