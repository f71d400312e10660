systemctl disable --now dhcpcd
systemctl enable --now v6mostly@eth0
