ip -6 neigh replace {{ servers.router }} lladdr 02:00:5e:00:53:01 dev eth0 nud stale
