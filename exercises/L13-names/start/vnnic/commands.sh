ip -batch - <<'END'
address add {{ transit.vnnic }}/{{ transit.length }} dev eth0 nodad
address add {{ transit.vnnic4 }}/{{ transit.length4 }} dev eth0
address add {{ vnnic.loopback }}/128 dev lo
address add {{ vnnic.loopback4 }}/32 dev lo
route add default via {{ transit.inet }}
route add default via {{ transit.inet4 }}
END
# The server keeps what it is told beside the zone, so that has to be where it may write.
install -o bind -g bind -m 644 /etc/bind/parent.zone /etc/bind/ip6.arpa.zone /var/lib/bind
systemctl start named
