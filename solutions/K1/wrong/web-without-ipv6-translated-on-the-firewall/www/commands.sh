rm -f /etc/nginx/conf.d/test.conf
systemctl restart nginx
systemctl restart nginx
ip -6 route replace default via {{ dmz.router }}
