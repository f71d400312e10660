systemctl daemon-reload
systemctl start clat
