ip -6 address add {{ app.address }}/{{ servers.length }} dev eth0
ip -6 route add default via {{ servers.router }}
