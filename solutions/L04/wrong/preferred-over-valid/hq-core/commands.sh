sysctl -p /etc/sysctl.d/60-router.conf
systemctl daemon-reload
systemctl enable --now send-advertisements
