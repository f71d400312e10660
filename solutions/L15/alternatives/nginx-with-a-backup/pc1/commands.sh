rm -f /etc/nginx/sites-enabled/default
systemctl disable --now kiosk
systemctl enable --now nginx
