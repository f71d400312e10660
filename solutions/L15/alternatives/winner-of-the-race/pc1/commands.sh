chmod 755 /usr/local/bin/kiosk
systemctl restart kiosk
