sysctl -qp /etc/sysctl.d/60-router.conf
systemctl enable --now dhcpcd
systemctl enable --now dnsmasq
nft 'table inet shut { chain pass { type filter hook forward priority 0; iifname wan meta nfproto ipv6 ct state new drop; }; }'
