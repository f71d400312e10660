systemctl disable --now radvd
systemctl enable --now bird
