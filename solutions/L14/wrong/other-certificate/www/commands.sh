openssl ecparam -name prime256v1 -genkey -noout -out /etc/ssl/private/portal6.key
openssl req -new -x509 -key /etc/ssl/private/portal6.key -out /etc/ssl/certs/portal6.pem -days 365 \
  -subj '/CN={{ agency.domain }}' -addext 'subjectAltName=DNS:{{ agency.domain }},DNS:{{ www.name }}'
systemctl restart nginx
