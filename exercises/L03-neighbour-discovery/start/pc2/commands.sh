ip address add {{ pc2.servers4 }}/{{ servers.length4 }} dev eth0
ip route add default via {{ servers.router4 }}
# app was here first: only when it is there may pc2 ask for its address.
ping -q -c 1 -i 0.2 -w 20 {{ app.address4 }} >/dev/null
# A typing error: the plan gives it another one.
ip address add {{ app.address }}/{{ servers.length }} dev eth0
ip -6 route add default via {{ servers.router }}
