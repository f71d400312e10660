openssl req -new -x509 -key /etc/ssl/private/portal.key -out /etc/ssl/certs/portal6.pem -days 365 \
  -subj '/CN={{ agency.domain }}' -addext 'subjectAltName=DNS:{{ agency.domain }}'
systemctl restart nginx
