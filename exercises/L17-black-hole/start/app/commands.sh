ip address add {{ app.address4 }}/{{ servers.length4 }} dev eth0
ip route add default via {{ servers.router4 }}
ip address add {{ app.address }}/{{ servers.length }} dev eth0 nodad
ip -6 route add default via {{ servers.router }}
rm -f /etc/nginx/sites-enabled/default
mkdir -p /srv/web
echo "app of {{ agency.domain }}" > /srv/web/index.html
# Some 100,000 octets.
seq -f 'app: row %06g of the yearly report' 1 3000 > /srv/web/report.txt
systemctl enable --now nginx
