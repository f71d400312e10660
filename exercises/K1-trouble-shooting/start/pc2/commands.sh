ip address add {{ pc2.address4 }}/{{ staff.length4 }} dev eth0
ip route add default via {{ staff.router4 }}
