# IPv4 last: when app answers there, it has its IPv6 address too.
ip address add {{ app.address }}/{{ servers.length }} dev eth0 nodad
ip -6 route add default via {{ servers.router }}
ip address add {{ app.address4 }}/{{ servers.length4 }} dev eth0
ip route add default via {{ servers.router4 }}
