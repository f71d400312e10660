sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ vnix-lan.inet }}/{{ vnix-lan.length }} dev vnix nodad
address add {{ vnix-lan.inet4 }}/{{ vnix-lan.length4 }} dev vnix
address add {{ outside.router }}/{{ outside.length }} dev lan nodad
address add {{ outside.router4 }}/{{ outside.length4 }} dev lan
address add {{ inet--isp-a.inet }}/127 dev isp-a nodad
address add {{ inet--isp-a.inet4 }}/31 dev isp-a
address add {{ inet--isp-b.inet }}/127 dev isp-b nodad
address add {{ inet--isp-b.inet4 }}/31 dev isp-b
route add {{ isp-a.prefix }} via {{ inet--isp-a.isp-a }}
route add {{ isp-a.prefix4 }} via {{ inet--isp-a.isp-a4 }}
route add {{ isp-b.prefix }} via {{ inet--isp-b.isp-b }}
route add {{ isp-b.prefix4 }} via {{ inet--isp-b.isp-b4 }}
route add {{ agency.prefix }} via {{ inet--isp-a.isp-a }}
route add {{ agency.prefix4 }} via {{ inet--isp-a.isp-a4 }}
route add {{ vnnic.prefix }} via {{ vnix-lan.vnnic }}
route add {{ vnnic.prefix4 }} via {{ vnix-lan.vnnic4 }}
END
