ip -batch - <<'END'
address add {{ mx.address }}/{{ dmz.length }} dev eth0 nodad
address add {{ mx.address4 }}/{{ dmz.length4 }} dev eth0
route add default via {{ dmz.router }}
route add default via {{ dmz.router4 }}
END
