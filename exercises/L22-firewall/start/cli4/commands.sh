ip address add {{ cli4.address4 }}/{{ outside.length4 }} dev eth0
ip route add default via {{ outside.router4 }}
