ip -batch - <<'END'
address add {{ app.address }}/{{ servers.length }} dev eth0 nodad
address add {{ app.address4 }}/{{ servers.length4 }} dev eth0
route add default via {{ servers.router }}
route add default via {{ servers.router4 }}
END
