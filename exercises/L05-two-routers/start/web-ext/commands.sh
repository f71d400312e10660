ip address add {{ web-ext.address4 }}/{{ outside.length4 }} dev eth0
ip route add default via {{ outside.router4 }}
ip address add {{ web-ext.address }}/{{ outside.length }} dev eth0 nodad
ip -6 route add default via {{ outside.router }}
