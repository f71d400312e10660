sed -i '/tcp flags syn/s/drop/limit rate over 2\/second drop/' /etc/nftables.conf
systemctl restart nftables
