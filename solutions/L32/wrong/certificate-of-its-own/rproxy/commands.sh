ifdown --force eth0
ifup eth0
# Key and certificate of www. They are carried from there through one's own terminal; a folder makes
# the key anew, since it is the same at every start, and asks www for the certificate.
{
  printf '\060\061\002\001\001\004\040'
  printf '%s' 'the portal of {{ agency.domain }}' | openssl dgst -sha256 -binary
  printf '\240\012\006\010\052\206\110\316\075\003\001\007'
} | openssl ec -inform DER -out /etc/ssl/private/portal.key 2> /dev/null
openssl req -new -x509 -key /etc/ssl/private/portal.key -out /etc/ssl/certs/portal.pem -days 365 \
  -subj '/CN={{ agency.domain }}' -addext 'subjectAltName=DNS:{{ agency.domain }},DNS:{{ www.name }}'
systemctl enable --now nginx opensmtpd
