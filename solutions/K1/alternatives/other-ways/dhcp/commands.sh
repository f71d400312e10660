ip address del {{ servers.dns }}/{{ servers.length }} dev eth0
systemctl restart kea-dhcp6-server
