systemctl reload nftables
ip -6 route del unreachable {{ voip.prefix }} 2> /dev/null || true
nft insert rule inet filter forward ip6 daddr {{ servers.dns }} accept
