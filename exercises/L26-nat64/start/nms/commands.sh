ip address add {{ nms.address }}/{{ management.length }} dev eth0 nodad
ip address add {{ nms.address4 }}/{{ management.length4 }} dev eth0
ip route add default via {{ management.router }}
ip route add default via {{ management.router4 }}
rm -f /etc/nginx/sites-enabled/default
systemctl enable --now nginx
