rm -f /etc/nginx/sites-enabled/default
systemctl restart nginx
