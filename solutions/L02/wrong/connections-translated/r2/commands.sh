sysctl -p /etc/sysctl.d/60-router.conf
ip -6 address add {{ r1--r2.r2 }}/127 dev r1
ip -6 address add {{ servers.router }}/{{ servers.length }} dev srv
# The way back: without it requests arrive and answers get lost.
ip -6 route add {{ staff.prefix }} via {{ r1--r2.r1 }} dev r1
nft add table ip6 nat
nft add chain ip6 nat postrouting "{ type nat hook postrouting priority 100; }"
nft add rule ip6 nat postrouting oifname srv meta l4proto tcp masquerade
