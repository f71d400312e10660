ip -batch - <<'E'
address add {{ dns-r.address }}/{{ servers.length }} dev eth0 nodad
address add {{ dns-r.address4 }}/{{ servers.length4 }} dev eth0
route add default via {{ servers.router }}
route add default via {{ servers.router4 }}
E
systemctl enable --now unbound
