ip -batch - <<'END'
address add {{ br-ups.address }}/{{ branch-management.length }} dev eth0 nodad
address add {{ br-ups.address4 }}/{{ branch-management.length4 }} dev eth0
route add default via {{ branch-management.router }}
route add default via {{ branch-management.router4 }}
END
