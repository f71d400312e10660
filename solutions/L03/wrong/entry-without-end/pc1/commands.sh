ip -6 neigh replace {{ servers.router }} lladdr 02:71:4c:70:b5:04 dev eth0 nud noarp
