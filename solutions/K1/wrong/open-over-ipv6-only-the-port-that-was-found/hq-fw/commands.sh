systemctl reload nftables
ip -6 route del unreachable {{ voip.prefix }} 2> /dev/null || true
nft insert rule inet filter forward iifname wan ip6 daddr {{ servers.prefix }} tcp dport { 22, 53, 80, 8000 } drop
