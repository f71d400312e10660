ip address add {{ staff.network }}11/64 dev eth0
ip -6 route add default via {{ staff.router }}
