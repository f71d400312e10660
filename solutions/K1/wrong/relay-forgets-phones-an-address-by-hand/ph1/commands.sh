systemctl restart dhcpcd
ip address add {{ voip.network }}1234/{{ voip.length }} dev eth0 nodad
