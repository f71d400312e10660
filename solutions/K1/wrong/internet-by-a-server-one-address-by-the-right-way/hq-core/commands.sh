systemctl restart radvd
ip -6 neigh del {{ servers.dns }} dev srv 2> /dev/null || true
systemctl restart dnsmasq
ip -6 route add {{ web-ext.address }}/128 via {{ hq-fw--hq-core.hq-fw }}
