ip -batch - <<'END'
address add {{ ns2.address }}/{{ branch-dmz.length }} dev eth0 nodad
address add {{ ns2.address4 }}/{{ branch-dmz.length4 }} dev eth0
route add default via {{ branch-dmz.router }}
route add default via {{ branch-dmz.router4 }}
END
systemctl start named
