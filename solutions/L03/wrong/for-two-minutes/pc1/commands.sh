ip -6 neigh del {{ servers.router }} dev eth0
