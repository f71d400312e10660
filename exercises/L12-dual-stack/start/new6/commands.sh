ip address add {{ new6.address }}/{{ servers.length }} dev eth0 nodad
ip -6 route add default via {{ servers.router }}
rm -f /etc/nginx/sites-enabled/default
systemctl enable --now nginx
