sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ ts-pe1--ts-core.ts-core }}/127 dev pe1 nodad
address add {{ ts-pe1--ts-core.ts-core4 }}/31 dev pe1
address add {{ ts-core--ts-pe2.ts-core }}/127 dev pe2 nodad
address add {{ ts-core--ts-pe2.ts-core4 }}/31 dev pe2
route add default via {{ ts-pe1--ts-core.ts-pe1 }}
route add default via {{ ts-pe1--ts-core.ts-pe14 }}
route add {{ ts-pe2--br-dn.prefix }} via {{ ts-core--ts-pe2.ts-pe2 }}
route add {{ ts-pe2--br-dn.prefix4 }} via {{ ts-core--ts-pe2.ts-pe24 }}
route add {{ ts-pe2--ag3-br.prefix }} via {{ ts-core--ts-pe2.ts-pe2 }}
route add {{ ts-pe2--ag3-br.prefix4 }} via {{ ts-core--ts-pe2.ts-pe24 }}
route add {{ br-dn.prefix }} via {{ ts-core--ts-pe2.ts-pe2 }}
route add {{ br-dn.prefix4 }} via {{ ts-core--ts-pe2.ts-pe24 }}
route add {{ branch-dmz.prefix4 }} via {{ ts-core--ts-pe2.ts-pe24 }}
route add {{ partner3.prefix }} via {{ ts-core--ts-pe2.ts-pe2 }}
route add {{ partner3.prefix4 }} via {{ ts-core--ts-pe2.ts-pe24 }}
END
