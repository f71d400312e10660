sysctl -qp /etc/sysctl.d/60-router.conf
systemctl enable --now dhcpcd
systemctl enable --now dnsmasq
nft 'table ip6 nat { chain out { type nat hook postrouting priority 100; oifname wan masquerade; }; }'
