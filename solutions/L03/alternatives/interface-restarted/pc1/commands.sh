ip link set eth0 down
ip link set eth0 up
ip -6 address replace {{ pc1.servers }}/{{ servers.length }} dev eth0
ip -6 route replace default via {{ servers.router }} dev eth0
ip route replace default via {{ servers.router4 }}
