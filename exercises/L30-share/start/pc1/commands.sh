ip -batch - <<'END'
address add {{ pc1.static }}/{{ staff.length }} dev eth0 nodad
address add {{ pc1.address4 }}/{{ staff.length4 }} dev eth0
route add default via {{ staff.router }}
route add default via {{ staff.router4 }}
END
# All of the office's month in one computer. What a translator would send as IPv4 is in the IPv4
# part as well; the packets of IPv6 are smaller, as there are more of acknowledgements in them.
internet={{ secret.internet }} nat64={{ secret.nat64 }}
far={{ nat64.prefix }}
far=${far%/96}cb00:7151    # 203.0.113.81 behind the translator
me=\"{{ pc1.static }}\" me4=\"{{ pc1.address4 }}\"
traffic-mix - <<END
[
{"udp": "{{ web-ext.address }}", "from": [$me], "size": 500, "octets": $((internet * 20000))},
{"udp": "{{ web-ext.address4 }}", "from": [$me4], "size": 1250, "octets": $((2000000 - internet * 20000))},
{"udp": "$far", "reach": "{{ web-ext.address }}", "from": [$me], "size": 1250, "octets": $((nat64 * 20000))},
{"ping": "{{ web-ext.address }}", "from": [$me], "size": 1000, "octets": 600000}
]
END
