ip -batch - <<'END'
address add {{ ph1.address4 }}/{{ voip.length4 }} dev eth0
route add default via {{ voip.router4 }}
END
