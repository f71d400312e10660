systemctl disable --now named
systemctl enable --now nsd
