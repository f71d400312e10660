ip -batch - <<'END'
address add {{ n6pc1.address4 }}/{{ pilot.length4 }} dev eth0
route add default via {{ pilot.router4 }}
END
