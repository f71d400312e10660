ip -batch - <<'END'
address add {{ printer.address }}/{{ staff.length }} dev eth0 nodad
address add {{ printer.address4 }}/{{ staff.length4 }} dev eth0
route add default via {{ staff.router4 }}
END
