ip link set eth0 down
ip -6 address flush dev eth0 scope global
ip link set eth0 up
ip -6 address add {{ pc2.servers }}/{{ servers.length }} dev eth0
ip -6 route replace default via {{ servers.router }} dev eth0
ip route replace default via {{ servers.router4 }}
