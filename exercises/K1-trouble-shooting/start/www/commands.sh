sysctl -qw net.ipv6.conf.eth0.accept_ra=0
ip -batch - <<'END'
address add {{ www.address }}/{{ dmz.length }} dev eth0 nodad
address add {{ www.address4 }}/{{ dmz.length4 }} dev eth0
route add default via {{ dmz.router }}
route add default via {{ dmz.router4 }}
END
rm -f /etc/nginx/sites-enabled/default
# Some 100,000 octets.
seq -f 'www: row %06g of the yearly report' 1 3000 > /srv/web/report.txt
systemctl enable --now nginx
