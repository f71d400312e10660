systemctl reload nftables
ip -6 route del unreachable {{ voip.prefix }} 2> /dev/null || true
sysctl -w net.ipv6.conf.dmz.proxy_ndp=1
ip -6 neigh add proxy {{ dhcp.address }} dev dmz
