ip -6 address add {{ pc1.static }}/{{ staff.length }} dev eth0
ip -6 route add default via fe80::1 dev eth0
