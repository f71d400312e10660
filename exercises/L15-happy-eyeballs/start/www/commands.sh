ip address add {{ www.address4 }}/{{ dmz.length4 }} dev eth0
ip route add default via {{ dmz.router4 }}
ip address add {{ www.address }}/{{ dmz.length }} dev eth0 nodad
ip -6 route add default via {{ dmz.router }}
rm -f /etc/nginx/sites-enabled/default
systemctl enable --now nginx
