ip -batch - <<'END'
address add {{ web-ext.address }}/{{ outside.length }} dev eth0 nodad
address add {{ web-ext.address4 }}/{{ outside.length4 }} dev eth0
route add default via {{ outside.router }}
route add default via {{ outside.router4 }}
END
systemctl enable --now opensmtpd
