ip address add {{ br-pc1.address4 }}/{{ branch-staff.length4 }} dev eth0
ip route add default via {{ branch-staff.router4 }}
