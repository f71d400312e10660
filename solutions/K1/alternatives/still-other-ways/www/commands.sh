rm -f /etc/nginx/conf.d/test.conf
systemctl restart nginx
systemctl restart nginx
ip -6 route replace default via {{ dmz.router }}
sed -i 's/  listen 80 default_server;/&\n  listen [{{ www.address }}]:80;/' /etc/nginx/conf.d/web.conf
systemctl restart nginx
