ifup -a
systemctl enable --now nsd admin
