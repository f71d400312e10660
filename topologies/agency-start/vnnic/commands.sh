ip -batch - <<'END'
address add {{ vnix-lan.vnnic }}/{{ vnix-lan.length }} dev eth0 nodad
address add {{ vnix-lan.vnnic4 }}/{{ vnix-lan.length4 }} dev eth0
address add {{ vnnic.loopback }}/128 dev lo
address add {{ vnnic.loopback4 }}/32 dev lo
route add default via {{ vnix-lan.inet }}
route add default via {{ vnix-lan.inet4 }}
END
systemctl start nsd
