ip addr add {{ pc1.static }}/64 dev eth0
ip route add {{ servers.prefix }} via {{ staff.router }} dev eth0
