ip -6 route replace default via {{ dmz.router }} mtu 1280
