sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ ts-pe1--ag2-br.ag2-br }}/127 dev ts nodad
address add {{ ts-pe1--ag2-br.ag2-br4 }}/31 dev ts
address add {{ ag2-br.loopback }}/128 dev lo
address add {{ ag2-br.loopback4 }}/32 dev lo
route add {{ agency.prefix }} via {{ ts-pe1--ag2-br.ts-pe1 }}
route add {{ agency.prefix4 }} via {{ ts-pe1--ag2-br.ts-pe14 }}
route add {{ hq.prefix }} via {{ ts-pe1--ag2-br.ts-pe1 }}
route add {{ hq.prefix4 }} via {{ ts-pe1--ag2-br.ts-pe14 }}
route add {{ br-dn.prefix }} via {{ ts-pe1--ag2-br.ts-pe1 }}
route add {{ br-dn.prefix4 }} via {{ ts-pe1--ag2-br.ts-pe14 }}
route add {{ partner3.prefix }} via {{ ts-pe1--ag2-br.ts-pe1 }}
route add {{ partner3.prefix4 }} via {{ ts-pe1--ag2-br.ts-pe14 }}
route add {{ tslcd.prefix }} via {{ ts-pe1--ag2-br.ts-pe1 }}
route add {{ tslcd.prefix4 }} via {{ ts-pe1--ag2-br.ts-pe14 }}
END
