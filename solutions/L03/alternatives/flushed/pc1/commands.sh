ip -6 neigh flush dev eth0 nud permanent
