echo '    local-data: "app.{{ agency.domain }}. 300 IN AAAA {{ app.address }}"' >> /etc/unbound/unbound.conf
systemctl restart unbound
