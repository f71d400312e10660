# As after a reboot: the interface comes up, and the service starts.
ip link set eth0 down
ip link set eth0 up
ip address replace {{ dhcp.staff }}/{{ staff.length }} dev eth0 nodad
ip -6 route replace default via {{ staff.router }}
ip route replace default via {{ staff.router4 }}
systemctl enable --now kea-dhcp6-server
