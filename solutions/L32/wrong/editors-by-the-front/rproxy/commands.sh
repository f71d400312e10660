systemctl enable --now siit
