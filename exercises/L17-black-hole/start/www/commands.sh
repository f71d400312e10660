ip address add {{ www.address4 }}/{{ dmz.length4 }} dev eth0
ip route add default via {{ dmz.router4 }}
ip address add {{ www.address }}/{{ dmz.length }} dev eth0 nodad
ip -6 route add default via {{ dmz.router }}
rm -f /etc/nginx/sites-enabled/default
mkdir -p /srv/web
echo "www of {{ agency.domain }}" > /srv/web/index.html
# Some 100,000 octets.
seq -f 'www: row %06g of the yearly report' 1 3000 > /srv/web/report.txt
systemctl enable --now nginx
