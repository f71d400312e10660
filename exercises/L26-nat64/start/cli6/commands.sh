ip address add {{ cli6.address }}/{{ outside.length }} dev eth0 nodad
ip -6 route add default via {{ outside.router }}
