ip address add {{ ph1.address4 }}/{{ voip.length4 }} dev eth0
ip route add default via {{ voip.router4 }}
systemctl enable --now dhcpcd
