systemctl daemon-reload
systemctl enable --now guard
