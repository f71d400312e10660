systemctl restart radvd
ip -6 neigh del {{ servers.dns }} dev srv 2> /dev/null || true
systemctl restart dnsmasq
ip -6 route replace {{ outside.prefix }} via {{ hq-fw--hq-core.hq-fw }}
sed -i '/AdvCurHopLimit/d' /etc/radvd.conf
systemctl restart radvd
