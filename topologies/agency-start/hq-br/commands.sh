sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ isp-a--hq-br.hq-br }}/127 dev isp-a nodad
address add {{ isp-a--hq-br.hq-br4 }}/31 dev isp-a
address add {{ isp-b--hq-br.hq-br }}/127 dev isp-b nodad
address add {{ isp-b--hq-br.hq-br4 }}/31 dev isp-b
address add {{ hq-br--hq-fw.hq-br }}/127 dev fw nodad
address add {{ hq-br--hq-fw.hq-br4 }}/31 dev fw
address add {{ ts-pe1--hq-br.hq-br }}/127 dev ts nodad
address add {{ ts-pe1--hq-br.hq-br4 }}/31 dev ts
address add {{ hq-br.loopback }}/128 dev lo
route add default via {{ isp-a--hq-br.isp-a }}
route add default via {{ isp-a--hq-br.isp-a4 }}
route add default via {{ isp-b--hq-br.isp-b }} metric 2000
route add default via {{ isp-b--hq-br.isp-b4 }} metric 2000
route add {{ hq.prefix }} via {{ hq-br--hq-fw.hq-fw }}
route add {{ hq.prefix4 }} via {{ hq-br--hq-fw.hq-fw4 }}
route add {{ dmz.prefix4 }} via {{ hq-br--hq-fw.hq-fw4 }}
route add {{ br-dn.prefix }} via {{ ts-pe1--hq-br.ts-pe1 }}
route add {{ br-dn.prefix4 }} via {{ ts-pe1--hq-br.ts-pe14 }}
route add {{ branch-dmz.prefix4 }} via {{ ts-pe1--hq-br.ts-pe14 }}
route add {{ partner2.prefix }} via {{ ts-pe1--hq-br.ts-pe1 }}
route add {{ partner2.prefix4 }} via {{ ts-pe1--hq-br.ts-pe14 }}
route add {{ partner3.prefix }} via {{ ts-pe1--hq-br.ts-pe1 }}
route add {{ partner3.prefix4 }} via {{ ts-pe1--hq-br.ts-pe14 }}
route add {{ tslcd.prefix }} via {{ ts-pe1--hq-br.ts-pe1 }}
route add {{ tslcd.prefix4 }} via {{ ts-pe1--hq-br.ts-pe14 }}
route add unreachable {{ agency.prefix }}
route add unreachable {{ agency.prefix4 }}
END
systemctl start nftables
