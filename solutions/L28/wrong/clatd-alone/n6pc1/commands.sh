systemctl enable --now clatd
