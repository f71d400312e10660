sed -i 's/open_connection(SITE, PORT)/open_connection(SITE, PORT, happy_eyeballs_delay=0.25)/' /usr/local/bin/kiosk
systemctl restart kiosk
sysctl -qp /etc/sysctl.d/60-no-route.conf
ip -6 route flush default
