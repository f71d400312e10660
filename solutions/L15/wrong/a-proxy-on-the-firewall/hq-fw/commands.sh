rm -f /etc/nginx/sites-enabled/default
systemctl enable --now nginx
systemctl restart nftables
