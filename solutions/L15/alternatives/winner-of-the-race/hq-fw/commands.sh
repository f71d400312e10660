sed -i '/tcp flags syn/d' /etc/nftables.conf
systemctl restart nftables
