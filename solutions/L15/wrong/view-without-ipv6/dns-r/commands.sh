cat >> /etc/unbound/unbound.conf <<'X'
    access-control-view: {{ staff.prefix4 }} staff
    access-control-view: {{ staff.prefix }} staff
view:
    name: "staff"
    local-zone: "{{ agency.domain }}." static
    local-data: "www.{{ agency.domain }}. A {{ www.address4 }}"
    local-data: "dns-r.{{ agency.domain }}. A {{ servers.dns4 }}"
X
systemctl restart unbound
