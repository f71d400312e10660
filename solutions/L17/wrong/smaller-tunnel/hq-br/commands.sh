ip link set tun6 mtu 1280
