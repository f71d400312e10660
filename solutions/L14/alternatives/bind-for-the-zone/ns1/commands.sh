systemctl disable --now nsd
systemctl enable --now named
