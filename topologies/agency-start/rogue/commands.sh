ip -batch - <<'END'
address add {{ rogue.address4 }}/{{ guest.length4 }} dev eth0
route add default via {{ guest.router4 }}
END
