sed -i '/tcp flags syn/i\        ip6 daddr {{ www.address }} tcp dport 80 accept' /etc/nftables.conf
systemctl restart nftables
