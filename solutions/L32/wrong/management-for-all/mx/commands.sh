ip -4 address flush dev eth0
systemctl restart opensmtpd
