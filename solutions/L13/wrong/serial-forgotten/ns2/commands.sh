systemctl restart named
