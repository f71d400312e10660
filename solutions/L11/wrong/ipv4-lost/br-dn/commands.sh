sysctl -qp /etc/sysctl.d/60-router.conf
systemctl enable --now dhcpcd
systemctl enable --now dnsmasq
nft 'table inet fw { chain pass { type filter hook forward priority 0; policy drop; meta nfproto ipv6 accept; }; }'
