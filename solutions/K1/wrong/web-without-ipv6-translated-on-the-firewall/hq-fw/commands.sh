systemctl reload nftables
ip -6 route del unreachable {{ voip.prefix }} 2> /dev/null || true
socat TCP6-LISTEN:8080,reuseaddr,fork TCP4:{{ www.address4 }}:80 < /dev/null > /dev/null 2>&1 &
nft add table ip6 nat
nft 'add chain ip6 nat pre { type nat hook prerouting priority dstnat; }'
nft add rule ip6 nat pre ip6 daddr {{ www.address }} tcp dport 80 redirect to :8080
nft insert rule inet filter input tcp dport 8080 accept
