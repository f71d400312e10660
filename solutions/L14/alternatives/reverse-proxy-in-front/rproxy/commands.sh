openssl ecparam -name prime256v1 -genkey -noout -out /etc/ssl/private/portal.key
openssl req -new -x509 -key /etc/ssl/private/portal.key -out /etc/ssl/certs/portal.pem -days 365 \
  -subj '/CN={{ agency.domain }}' -addext 'subjectAltName=DNS:{{ agency.domain }},DNS:{{ www.name }}'
rm -f /etc/nginx/sites-enabled/default
systemctl enable --now nginx
