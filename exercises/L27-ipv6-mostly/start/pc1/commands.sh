systemctl enable --now dhcpcd
