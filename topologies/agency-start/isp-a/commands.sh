sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ inet--isp-a.isp-a }}/127 dev inet nodad
address add {{ inet--isp-a.isp-a4 }}/31 dev inet
address add {{ isp-a--hq-br.isp-a }}/127 dev hq-br nodad
address add {{ isp-a--hq-br.isp-a4 }}/31 dev hq-br
route add default via {{ inet--isp-a.inet }}
route add default via {{ inet--isp-a.inet4 }}
route add {{ agency.prefix }} via {{ isp-a--hq-br.hq-br }}
route add {{ agency.prefix4 }} via {{ isp-a--hq-br.hq-br4 }}
END
