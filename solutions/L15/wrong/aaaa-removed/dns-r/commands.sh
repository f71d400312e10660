sed -i '/www.*AAAA/d' /etc/unbound/unbound.conf
systemctl restart unbound
