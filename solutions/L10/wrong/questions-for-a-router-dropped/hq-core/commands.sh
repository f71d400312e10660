systemctl enable --now dnsmasq
nft 'table ip6 guard { chain in { type filter hook input priority 0; icmpv6 type nd-router-solicit drop; }; }'
