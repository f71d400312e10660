systemctl restart radvd
systemctl enable --now bird
