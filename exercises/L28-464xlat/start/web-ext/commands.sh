ip -batch - <<'END'
address add {{ web-ext.address }}/{{ outside.length }} dev eth0 nodad
address add {{ web-ext.address4 }}/{{ outside.length4 }} dev eth0
route add default via {{ outside.router }}
route add default via {{ outside.router4 }}
END
rm -f /etc/nginx/sites-enabled/default
systemctl enable --now nginx
# One signed zone, and the root, which says by which key it is signed.
cd /var/lib/bind
dnssec-keygen -q -K . -a ECDSAP256SHA256 -f KSK signed.example >/dev/null
dnssec-signzone -q -z -S -K . -e +10y -o signed.example -f signed.signed /etc/bind/signed.zone 2>/dev/null
dnssec-signzone -q -z -S -K /etc/bind/keys -g -d . -e +10y -o . -f root.signed /etc/bind/root.zone 2>/dev/null
# On its way the address under a signature is changed.
sed -i 's/^\(false.*\bA\s\+\){{ v4only.address4 }}$/\1{{ web-ext.address4 }}/' signed.signed
chown -R bind:bind .
systemctl enable --now named
