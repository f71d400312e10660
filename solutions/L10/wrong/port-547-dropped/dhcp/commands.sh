systemctl restart kea-dhcp6-server
nft 'table ip6 guard { chain in { type filter hook input priority 0; udp dport 547 drop; }; }'
