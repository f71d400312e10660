rm -f /etc/nginx/conf.d/test.conf
systemctl restart nginx
systemctl restart nginx
ip -6 route replace default via {{ dmz.router }}
socat TCP6-LISTEN:80,ipv6only=1,reuseaddr,fork SYSTEM:'printf "HTTP/1.0 200 OK\r\n\r\nhello"' < /dev/null > /dev/null 2>&1 &
