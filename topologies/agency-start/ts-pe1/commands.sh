sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ ts-pe1--hq-br.ts-pe1 }}/127 dev hq-br nodad
address add {{ ts-pe1--hq-br.ts-pe14 }}/31 dev hq-br
address add {{ ts-pe1--ts-core.ts-pe1 }}/127 dev core nodad
address add {{ ts-pe1--ts-core.ts-pe14 }}/31 dev core
address add {{ ts-pe1--ag2-br.ts-pe1 }}/127 dev ag2-br nodad
address add {{ ts-pe1--ag2-br.ts-pe14 }}/31 dev ag2-br
route add default via {{ ts-pe1--hq-br.hq-br }}
route add default via {{ ts-pe1--hq-br.hq-br4 }}
route add {{ tslcd.prefix }} via {{ ts-pe1--ts-core.ts-core }}
route add {{ tslcd.prefix4 }} via {{ ts-pe1--ts-core.ts-core4 }}
route add {{ br-dn.prefix }} via {{ ts-pe1--ts-core.ts-core }}
route add {{ br-dn.prefix4 }} via {{ ts-pe1--ts-core.ts-core4 }}
route add {{ branch-dmz.prefix4 }} via {{ ts-pe1--ts-core.ts-core4 }}
route add {{ partner2.prefix }} via {{ ts-pe1--ag2-br.ag2-br }}
route add {{ partner2.prefix4 }} via {{ ts-pe1--ag2-br.ag2-br4 }}
route add {{ partner3.prefix }} via {{ ts-pe1--ts-core.ts-core }}
route add {{ partner3.prefix4 }} via {{ ts-pe1--ts-core.ts-core4 }}
END
