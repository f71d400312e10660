systemctl daemon-reload
systemctl enable --now clat
