systemctl restart nginx
ip -6 route replace default via {{ dmz.router }}
cp /srv/web/index.html /srv/test/index.html
