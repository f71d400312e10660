systemctl daemon-reload
systemctl restart dhcpcd
