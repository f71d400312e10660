ip -batch - <<'END'
address add {{ web-ext.address }}/{{ outside.length }} dev eth0 nodad
address add {{ web-ext.address4 }}/{{ outside.length4 }} dev eth0
route add default via {{ outside.router }}
route add default via {{ outside.router4 }}
address add 3fff:e:a1::53/128 dev lo
address add 3fff:e:a1::54/128 dev lo
address add 3fff:e:a2::53/128 dev lo
address add 3fff:e:a3::53/128 dev lo
address add 3fff:e:a4::53/128 dev lo
address add 3fff:e:a4::54/128 dev lo
address add 3fff:e:a5::53/128 dev lo
address add 3fff:e:a5::54/128 dev lo
address add 3fff:e:a6::53/128 dev lo
address add 3fff:e:a6::54/128 dev lo
address add 3fff:e:a1::80/128 dev lo
address add 3fff:e:a2::80/128 dev lo
address add 3fff:e:a3::80/128 dev lo
address add 3fff:e:a5::80/128 dev lo
address add 3fff:e:a6::80/128 dev lo
address add 3fff:e:a1::25/128 dev lo
address add 3fff:e:a2::25/128 dev lo
address add 3fff:e:a3::25/128 dev lo
address add 3fff:e:a4::25/128 dev lo
address add 3fff:e:a5::25/128 dev lo
address add 3fff:e:a6::25/128 dev lo
address add 203.0.113.139/32 dev lo
address add 203.0.113.140/32 dev lo
address add 203.0.113.141/32 dev lo
address add 203.0.113.142/32 dev lo
address add 203.0.113.147/32 dev lo
address add 203.0.113.148/32 dev lo
address add 203.0.113.149/32 dev lo
address add 203.0.113.150/32 dev lo
address add 203.0.113.155/32 dev lo
address add 203.0.113.156/32 dev lo
address add 203.0.113.157/32 dev lo
address add 203.0.113.158/32 dev lo
address add 203.0.113.163/32 dev lo
address add 203.0.113.164/32 dev lo
address add 203.0.113.165/32 dev lo
address add 203.0.113.166/32 dev lo
address add 203.0.113.171/32 dev lo
address add 203.0.113.172/32 dev lo
address add 203.0.113.173/32 dev lo
address add 203.0.113.174/32 dev lo
address add 203.0.113.179/32 dev lo
address add 203.0.113.180/32 dev lo
address add 203.0.113.181/32 dev lo
address add 203.0.113.182/32 dev lo
address add 203.0.113.151/32 dev lo
address add 203.0.113.183/32 dev lo
END
# The sixth site: what is wrong there was drawn.
names={{ secret.names }} web={{ secret.web }} mail={{ secret.mail }}
zone=/etc/nsd/hai-thanh.zone conf=/etc/nginx/conf.d/sites.conf
case $names in
one) sed -i '/^NS2$/d' $zone ;;
dead) sed -i 's/^NS2$/ns2 AAAA 3fff:e:a6::dead/' $zone ;;
esac
two='[3fff:e:a6::80]:443 ssl' cert=sites deny='' picture=logo.png
case $web in
port) two='[3fff:e:a6::80]:80' ;;
denied) deny='return 403;' ;;
other) cert=other ;;
parts) picture=http://img.hai-thanh.example.net/logo.png ;;
esac
sed -i "s/SIX80/[3fff:e:a6::80]:80/; s/DENY/$deny/; s/CERT/$cert/" $conf
if [ "$web" = port ]; then sed -i '/listen SIX443/d' $conf; else sed -i "s/SIX443/$two/" $conf; fi
pointer='5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.a.0.0.e.0.0.0.f.f.f.3.ip6.arpa. PTR mail.hai-thanh.example.net.' mail6='mail AAAA 3fff:e:a6::25'
case $mail in
name) sed -i 's/^MAIL$//' $zone; sed -i '/MAIL6/d' /etc/smtp.list ;;
shut) sed -i "s/^MAIL$/$mail6/" $zone; sed -i '/MAIL6/d' /etc/smtp.list ;;
back) sed -i "s/^MAIL$/$mail6/" $zone; sed -i 's/MAIL6/[3fff:e:a6::25]/' /etc/smtp.list; pointer= ;;
esac
sed -i "s/^PTR6$/$pointer/" /etc/nsd/reverse.zone
text=$(for _line in $(seq 60); do echo "<p>The office is open from 8 to 11 and from 13 to 16, and the portal at any hour.</p>"; done)
mkdir -p /srv/sites /srv/later /srv/sixth
echo "<html><script nonce=\"NONCE\"></script><h1>Portal</h1>$text<img src=\"logo.png\"></html>" > /srv/sites/index.html
echo "<html><h1>Under construction</h1></html>" > /srv/later/index.html
echo "<html><script nonce=\"NONCE\"></script><h1>Portal</h1>$text<img src=\"$picture\"></html>" > /srv/sixth/index.html
head -c 200 /dev/zero | tee /srv/sites/logo.png /srv/later/logo.png > /srv/sixth/logo.png
names=$(for one in an-phu binh-an cam-hoa giang-tien hai-thanh dong-son; do printf 'DNS:www.%s.example.net,' $one; done)
openssl ecparam -genkey -name prime256v1 -out /etc/ssl/private/sites.key 2> /dev/null
for one in "sites $names" "other DNS:www.elsewhere.example.net,"; do
  set -- $one
  openssl req -new -x509 -key /etc/ssl/private/sites.key -out /etc/ssl/certs/$1.pem -days 365 \
    -subj "/CN=$1" -addext "subjectAltName=${2%,}"
done
rm -f /etc/nginx/sites-enabled/default
systemctl enable --now nsd unbound nginx smtp
