systemctl reload nftables
ip -6 route del unreachable {{ voip.prefix }} 2> /dev/null || true
