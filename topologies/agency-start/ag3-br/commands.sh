sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ ts-pe2--ag3-br.ag3-br }}/127 dev ts nodad
address add {{ ts-pe2--ag3-br.ag3-br4 }}/31 dev ts
address add {{ ag3-br.loopback }}/128 dev lo
address add {{ ag3-br.loopback4 }}/32 dev lo
route add {{ agency.prefix }} via {{ ts-pe2--ag3-br.ts-pe2 }}
route add {{ agency.prefix4 }} via {{ ts-pe2--ag3-br.ts-pe24 }}
route add {{ hq.prefix }} via {{ ts-pe2--ag3-br.ts-pe2 }}
route add {{ hq.prefix4 }} via {{ ts-pe2--ag3-br.ts-pe24 }}
route add {{ br-dn.prefix }} via {{ ts-pe2--ag3-br.ts-pe2 }}
route add {{ br-dn.prefix4 }} via {{ ts-pe2--ag3-br.ts-pe24 }}
route add {{ partner2.prefix }} via {{ ts-pe2--ag3-br.ts-pe2 }}
route add {{ partner2.prefix4 }} via {{ ts-pe2--ag3-br.ts-pe24 }}
route add {{ tslcd.prefix }} via {{ ts-pe2--ag3-br.ts-pe2 }}
route add {{ tslcd.prefix4 }} via {{ ts-pe2--ag3-br.ts-pe24 }}
END
