systemctl reload nftables
ip6tables-restore < /etc/ip6tables.rules
