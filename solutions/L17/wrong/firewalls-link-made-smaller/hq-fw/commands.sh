systemctl reload nftables
ip link set wan mtu 1280
