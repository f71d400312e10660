ip -batch - <<'END'
address add {{ cli6.address }}/{{ outside.length }} dev eth0 nodad
route add default via {{ outside.router }}
END
