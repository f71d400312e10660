ip address add {{ pc1.address4 }}/{{ staff.length4 }} dev eth0
ip address add {{ pc1.static }}/{{ staff.length }} dev eth0 nodad
