ip addr add {{ app.address }}/64 dev eth0
ip route add {{ staff.prefix }} via {{ servers.router }} dev eth0
