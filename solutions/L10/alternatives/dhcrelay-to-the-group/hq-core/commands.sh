systemctl enable --now dhcrelay6
