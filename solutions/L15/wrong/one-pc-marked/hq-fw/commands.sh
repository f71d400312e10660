sed -i '/tcp flags syn/s/ip6 daddr/ip6 dscp != cs1 ip6 daddr/' /etc/nftables.conf
systemctl restart nftables
