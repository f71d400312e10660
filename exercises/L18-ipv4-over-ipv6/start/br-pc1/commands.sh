ip -batch - <<'END'
address add {{ br-pc1.static }}/{{ branch-staff.length }} dev eth0 nodad
address add {{ br-pc1.address4 }}/{{ branch-staff.length4 }} dev eth0
route add default via {{ branch-staff.router }}
route add default via {{ branch-staff.router4 }}
END
