cat > /etc/systemd/system/relay.service <<END
[Unit]
Description=IPv6 for intake

[Service]
ExecStart=/usr/bin/socat TCP6-LISTEN:8080,ipv6only=1,reuseaddr,fork TCP4:{{ app.address4 }}:8080

[Install]
WantedBy=multi-user.target
END
systemctl daemon-reload
systemctl enable --now relay
