systemctl restart radvd
ip -6 route del {{ outside.prefix }} 2> /dev/null || true
ip -6 neigh del {{ servers.dns }} dev srv 2> /dev/null || true
systemctl restart dnsmasq
sed -i 's/AdvCurHopLimit 1;/AdvCurHopLimit 255;/' /etc/radvd.conf
systemctl restart radvd
