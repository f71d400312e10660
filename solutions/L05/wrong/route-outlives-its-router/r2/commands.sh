systemctl restart radvd
