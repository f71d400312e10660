ifdown --force eth0
ifup eth0
# Key and certificate of www. They are carried from there through one's own terminal; a folder makes
# the key anew, since it is the same at every start, and asks www for the certificate.
{
  printf '\060\061\002\001\001\004\040'
  printf '%s' 'the portal of {{ agency.domain }}' | openssl dgst -sha256 -binary
  printf '\240\012\006\010\052\206\110\316\075\003\001\007'
} | openssl ec -inform DER -out /etc/ssl/private/portal.key 2> /dev/null
openssl s_client -connect '[{{ www.address }}]:443' -servername {{ www.name }} < /dev/null 2> /dev/null \
  | openssl x509 -out /etc/ssl/certs/portal.pem
systemctl enable --now nginx opensmtpd
