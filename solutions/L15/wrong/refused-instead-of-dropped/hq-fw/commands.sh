sed -i '/tcp flags syn/s/drop/reject with icmpv6 admin-prohibited/' /etc/nftables.conf
systemctl restart nftables
