ip -batch - <<'END'
address add {{ nms.address }}/{{ management.length }} dev eth0 nodad
address add {{ nms.address4 }}/{{ management.length4 }} dev eth0
route add default via {{ management.router }}
route add default via {{ management.router4 }}
END
