sed -i '/www.*AAAA/s/AAAA .*"/AAAA {{ www.address }}"/' /etc/unbound/unbound.conf
systemctl restart unbound
if [ -e /etc/dns-inspect.conf ]; then
    sed -i 's/^AAAA .*/AAAA 0/' /etc/dns-inspect.conf
    systemctl restart dns-inspect
fi
