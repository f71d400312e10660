ip address add {{ pc1.static }}/{{ staff.length }} dev eth0
ip -6 route add default via {{ staff.router }}
