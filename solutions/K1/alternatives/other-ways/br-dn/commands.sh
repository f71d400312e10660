ip -6 route replace default dev tun6
sysctl -p /etc/sysctl.d/60-router.conf
sed -i 's/^ *ip protocol 41 .*/    ip protocol 41 ip saddr {{ hq-br--br-dn.hq-br4 }} accept\n    ip protocol 41 drop/' /etc/nftables.conf
systemctl restart nftables
sed -i '/AdvDefaultLifetime/d' /etc/radvd.conf
systemctl restart radvd
