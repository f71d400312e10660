systemctl daemon-reload
systemctl enable --now tunnels
