sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ ts-pe1--hq-br.ts-pe1 }}/127 dev hq-br nodad
address add {{ ts-pe1--hq-br.ts-pe14 }}/31 dev hq-br
route add {{ dmz.prefix }} via {{ ts-pe1--hq-br.hq-br }}
route add {{ dmz.prefix4 }} via {{ ts-pe1--hq-br.hq-br4 }}
route add local {{ branch-staff.prefix }} dev lo
route add local {{ branch-staff.prefix4 }} dev lo
END
tslcd={{ secret.tslcd }} tunnel={{ secret.tunnel }}
branch=\"{{ br-pc1.static }}\" branch4=\"{{ br-pc1.address4 }}\"
traffic-mix - <<END
[
{"udp": "{{ www.address4 }}", "from": [$branch4], "size": 1000, "octets": $((1000000 - tslcd * 10000))},
{"udp": "{{ www.address }}", "from": [$branch], "size": 1000, "octets": $(((tslcd - tunnel) * 10000))},
{"6in4": "{{ ts-pe1--hq-br.hq-br4 }}", "from": [$branch4], "size": 1000, "octets": $((tunnel * 10000))}
]
END
