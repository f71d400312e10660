ip -batch - <<'E'
address add {{ pc1.static }}/{{ staff.length }} dev eth0 nodad
address add {{ pc1.address4 }}/{{ staff.length4 }} dev eth0
route add default via {{ staff.router }}
route add default via {{ staff.router4 }}
E
