systemctl disable --now radvd
systemctl enable --now frr
