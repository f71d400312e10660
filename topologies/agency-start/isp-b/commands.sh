sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ vnix-lan.isp-b }}/{{ vnix-lan.length }} dev vnix nodad
address add {{ vnix-lan.isp-b4 }}/{{ vnix-lan.length4 }} dev vnix
address add {{ inet--isp-b.isp-b }}/127 dev inet nodad
address add {{ inet--isp-b.isp-b4 }}/31 dev inet
address add {{ isp-b--hq-br.isp-b }}/127 dev hq-br nodad
address add {{ isp-b--hq-br.isp-b4 }}/31 dev hq-br
route add default via {{ inet--isp-b.inet }}
route add default via {{ inet--isp-b.inet4 }}
route add {{ agency.prefix }} via {{ isp-b--hq-br.hq-br }}
route add {{ agency.prefix4 }} via {{ isp-b--hq-br.hq-br4 }}
route add {{ vnnic.prefix }} via {{ vnix-lan.vnnic }}
route add {{ vnnic.prefix4 }} via {{ vnix-lan.vnnic4 }}
END
