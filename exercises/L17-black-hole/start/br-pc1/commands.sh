ip address add {{ br-pc1.address4 }}/{{ branch-staff.length4 }} dev eth0
ip route add default via {{ branch-staff.router4 }}
ip address add {{ br-pc1.static }}/{{ branch-staff.length }} dev eth0 nodad
ip -6 route add default via {{ branch-staff.router }}
