ip address add {{ pc1.servers4 }}/{{ servers.length4 }} dev eth0
ip route add default via {{ servers.router4 }}
ip address add {{ pc1.servers }}/{{ servers.length }} dev eth0 nodad
ip -6 route add default via {{ servers.router }}
# Copied from a note in another office: it is the MAC address of the router there.
ip -6 neigh replace {{ servers.router }} lladdr 02:00:5e:00:53:01 dev eth0 nud permanent
