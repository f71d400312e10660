ip -batch - <<'END'
address add {{ v4only.address4 }}/{{ outside.length4 }} dev eth0
route add default via {{ outside.router4 }}
END
systemctl start nginx
