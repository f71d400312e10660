ip address add {{ printer.address4 }}/{{ staff.length4 }} dev eth0
ip address add {{ printer.address }}/{{ staff.length }} dev eth0 nodad
