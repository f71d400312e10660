ip -batch - <<'END'
address add {{ web-ext.address }}/{{ outside.length }} dev eth0 nodad
address add {{ web-ext.address4 }}/{{ outside.length4 }} dev eth0
route add default via {{ outside.router }}
route add default via {{ outside.router4 }}
route add local {{ secret.net1 }} dev lo
route add local {{ secret.net2 }} dev lo
route add local {{ secret.net3 }} dev lo
route add local {{ secret.net4 }} dev lo
route add local {{ secret.net5 }} dev lo
route add local {{ isp-a.prefix4 }} dev lo
route add local {{ transit.prefix4 }} dev lo
END
nets='"{{ secret.net1 }}", "{{ secret.net2 }}", "{{ secret.net3 }}", "{{ secret.net4 }}", "{{ secret.net5 }}"'
nets4='"{{ isp-a.prefix4 }}", "{{ transit.prefix4 }}"'
requests={{ secret.requests }} octets={{ secret.octets }} clients={{ secret.clients }}
preferred={{ secret.preferred }} capable={{ secret.capable }}
portal="\"web\": \"http://[{{ www.address }}]/portal.html\""
portal4="\"web\": \"http://{{ www.address4 }}/portal.html\""
dot="\"web\": \"http://[{{ www.address }}]/dot.gif?client={client}\""
dot4="\"web\": \"http://{{ www.address4 }}/dot.gif?client={client}\""
domain={{ agency.domain }}
traffic-mix - <<END
[
{$portal, "from": [$nets], "clients": $clients,
 "requests": $((requests * 5)), "octets": $((octets * 20000))},
{$portal4, "from": [$nets4], "clients": $((100 - clients)),
 "requests": $((500 - requests * 5)), "octets": $((2000000 - octets * 20000))},
{$portal, "from": ["{{ web-ext.address }}"], "clients": 1, "requests": 75, "octets": 300000},
{$dot, "host": "dual.$domain", "from": [$nets], "clients": $preferred,
 "requests": $preferred, "octets": $((preferred * 43))},
{$dot4, "host": "dual.$domain", "from": [$nets4], "clients": $((100 - preferred)),
 "first": $((preferred + 1)), "requests": $((100 - preferred)), "octets": $((4300 - preferred * 43))},
{$dot, "host": "dual.$domain", "from": [$nets], "clients": 30, "requests": 60, "octets": 2580},
{$dot, "host": "six.$domain", "from": [$nets], "clients": $capable,
 "requests": $capable, "octets": $((capable * 43))},
{$dot4, "host": "four.$domain", "from": [$nets4], "clients": 100, "requests": 100, "octets": 4300}
]
END
