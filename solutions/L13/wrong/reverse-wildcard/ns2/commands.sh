# Without its copy it asks ns1 at once.
rm -f /var/cache/bind/agency.zone
systemctl restart named
