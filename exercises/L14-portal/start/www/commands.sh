ip -batch - <<'END'
address add {{ www.address }}/{{ dmz.length }} dev eth0 nodad
address add {{ www.address4 }}/{{ dmz.length4 }} dev eth0
route add default via {{ dmz.router }}
route add default via {{ dmz.router4 }}
END
# A P-256 key (RFC 5915) that is the same whenever the lab starts: where it was carried to another
# machine, that can be done again. It protects nothing but this lab.
{
  printf '\060\061\002\001\001\004\040'
  printf '%s' 'the portal of {{ agency.domain }}' | openssl dgst -sha256 -binary
  printf '\240\012\006\010\052\206\110\316\075\003\001\007'
} | openssl ec -inform DER -out /etc/ssl/private/portal.key 2> /dev/null
openssl req -new -x509 -key /etc/ssl/private/portal.key -out /etc/ssl/certs/portal.pem -days 365 \
  -subj '/CN={{ agency.domain }}' -addext 'subjectAltName=DNS:{{ agency.domain }},DNS:{{ www.name }}'
systemctl enable --now nginx monitor
