sed -i '/ drop$/d' /etc/nftables.conf
systemctl restart nftables
