ip -6 address add {{ pc1.static }}/{{ staff.length }} dev eth0
ip -6 route add 2000::/3 via {{ staff.router }}
