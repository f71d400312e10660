systemctl enable --now radvd
