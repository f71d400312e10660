systemctl restart ryu
