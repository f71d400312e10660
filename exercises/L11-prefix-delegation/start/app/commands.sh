ip address add {{ app.address4 }}/{{ servers.length4 }} dev eth0
ip route add default via {{ servers.router4 }}
ip address add {{ app.address }}/{{ servers.length }} dev eth0 nodad
ip -6 route add default via {{ servers.router }}
