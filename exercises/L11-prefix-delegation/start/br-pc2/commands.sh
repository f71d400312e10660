ip address add {{ br-pc2.address4 }}/{{ branch-guest.length4 }} dev eth0
ip route add default via {{ branch-guest.router4 }}
