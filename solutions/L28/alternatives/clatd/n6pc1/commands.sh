systemctl daemon-reload
systemctl enable --now follow
