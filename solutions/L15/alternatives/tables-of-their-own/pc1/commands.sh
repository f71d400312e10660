sed -i 's/open_connection(SITE, PORT)/open_connection(SITE, PORT, happy_eyeballs_delay=0.25)/' /usr/local/bin/kiosk
systemctl restart kiosk
