ip address add {{ pc2.address4 }}/{{ staff.length4 }} dev eth0
ip address add {{ pc2.static }}/{{ staff.length }} dev eth0 nodad
