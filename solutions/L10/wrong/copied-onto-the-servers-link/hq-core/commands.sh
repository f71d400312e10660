systemctl enable --now dnsmasq
nft 'table netdev copies { chain in { type filter hook ingress device "staff" priority 0; ip6 daddr ff02::1:2 dup to "srv"; }; }'
