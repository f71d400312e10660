ip -batch - <<'END'
address add {{ www.address }}/{{ dmz.length }} dev eth0 nodad
address add {{ www.address4 }}/{{ dmz.length4 }} dev eth0
route add default via {{ dmz.router }}
route add default via {{ dmz.router4 }}
END
rm -f /etc/nginx/sites-enabled/default
mkdir -p /srv/web
head -c 65536 /dev/zero | tr '\0' '.' > /srv/web/portal.html
head -c 43 /dev/zero > /srv/web/dot.gif
systemctl enable --now nginx
