ip address add {{ pc1.address4 }}/{{ staff.length4 }} dev eth0
ip route add default via {{ staff.router4 }}
systemctl enable --now dhcpcd
