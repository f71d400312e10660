ifup -a
# A P-256 key (RFC 5915) that is the same whenever the lab starts: where it was carried to another
# machine, that can be done again. It protects nothing but this lab.
{
  printf '\060\061\002\001\001\004\040'
  printf '%s' 'the portal of {{ agency.domain }}' | openssl dgst -sha256 -binary
  printf '\240\012\006\010\052\206\110\316\075\003\001\007'
} | openssl ec -inform DER -out /etc/ssl/private/portal.key 2> /dev/null
[ -s /etc/ssl/certs/portal.pem ] || openssl req -new -x509 -key /etc/ssl/private/portal.key -out /etc/ssl/certs/portal.pem -days 365 \
  -set_serial 0x{{ secret.serial }} -subj '/CN={{ agency.domain }}' \
  -addext 'subjectAltName=DNS:{{ agency.domain }},DNS:{{ www.name }}'
rm -f /etc/nginx/sites-enabled/default
systemctl enable --now nginx intake admin
