ip -batch - <<'END'
address add {{ pc2.address4 }}/{{ staff.length4 }} dev eth0
route add default via {{ staff.router4 }}
END
