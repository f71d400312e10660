systemctl daemon-reload
systemctl disable --now dhcpcd
systemctl enable --now clat
