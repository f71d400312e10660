ip -batch - <<'END'
address add {{ gst1.address4 }}/{{ guest.length4 }} dev eth0
route add default via {{ guest.router4 }}
END
