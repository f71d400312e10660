ip -batch - <<'E'
address add {{ rproxy.address }}/{{ dmz.length }} dev eth0 nodad
address add {{ rproxy.address4 }}/{{ dmz.length4 }} dev eth0
route add default via {{ dmz.router }}
route add default via {{ dmz.router4 }}
E
rm -f /etc/nginx/sites-enabled/default
systemctl enable --now nginx
