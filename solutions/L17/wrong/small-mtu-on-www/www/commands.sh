ip link set eth0 mtu 1280
ip -6 route replace default via {{ dmz.router }}
