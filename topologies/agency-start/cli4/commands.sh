ip -batch - <<'END'
address add {{ cli4.address4 }}/{{ outside.length4 }} dev eth0
route add default via {{ outside.router4 }}
END
