systemctl restart nginx
systemctl disable --now monitor
