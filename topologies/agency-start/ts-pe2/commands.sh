sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ ts-pe2--br-dn.ts-pe2 }}/127 dev br-dn nodad
address add {{ ts-pe2--br-dn.ts-pe24 }}/31 dev br-dn
address add {{ ts-core--ts-pe2.ts-pe2 }}/127 dev core nodad
address add {{ ts-core--ts-pe2.ts-pe24 }}/31 dev core
address add {{ ts-pe2--ag3-br.ts-pe2 }}/127 dev ag3-br nodad
address add {{ ts-pe2--ag3-br.ts-pe24 }}/31 dev ag3-br
route add default via {{ ts-core--ts-pe2.ts-core }}
route add default via {{ ts-core--ts-pe2.ts-core4 }}
route add {{ br-dn.prefix }} via {{ ts-pe2--br-dn.br-dn }}
route add {{ br-dn.prefix4 }} via {{ ts-pe2--br-dn.br-dn4 }}
route add {{ branch-dmz.prefix4 }} via {{ ts-pe2--br-dn.br-dn4 }}
route add {{ partner3.prefix }} via {{ ts-pe2--ag3-br.ag3-br }}
route add {{ partner3.prefix4 }} via {{ ts-pe2--ag3-br.ag3-br4 }}
END
