sysctl -p /etc/sysctl.d/60-router.conf
ip -6 address add {{ staff.router }}/{{ staff.length }} dev staff
ip -6 address add {{ r1--r2.r1 }}/127 dev r2
ip -6 route add {{ servers.prefix }} via {{ r1--r2.r2 }} dev r2
nft add table ip6 nat
nft add chain ip6 nat postrouting "{ type nat hook postrouting priority 100; }"
nft add rule ip6 nat postrouting oifname r2 ip6 saddr != {{ pc1.static }} masquerade
