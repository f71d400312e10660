systemctl daemon-reload
systemctl restart radvd
