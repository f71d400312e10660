ip -batch - <<'END'
address add {{ www.address }}/{{ dmz.length }} dev eth0 nodad
address add {{ www.address4 }}/{{ dmz.length4 }} dev eth0
route add default via {{ dmz.router }}
route add default via {{ dmz.router4 }}
END
openssl ecparam -name prime256v1 -genkey -noout -out /etc/ssl/private/portal.key
openssl req -new -x509 -key /etc/ssl/private/portal.key -out /etc/ssl/certs/portal.pem -days 365 \
  -subj '/CN={{ agency.domain }}' -addext 'subjectAltName=DNS:{{ agency.domain }},DNS:{{ www.name }}'
systemctl enable --now nginx monitor
