# Both LANs have both protocols; the translator and its DNS server have worked for a month.
sysctl -qp /etc/sysctl.d/60-router.conf
ip -batch - <<'END'
address add {{ pilot.router }}/{{ pilot.length }} dev pilot nodad
address add {{ pilot.router4 }}/{{ pilot.length4 }} dev pilot
address add {{ staff.router }}/{{ staff.length }} dev staff nodad
address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
address add {{ transit.gw }}/{{ transit.length }} dev wan nodad
address add {{ transit.gw4 }}/{{ transit.length4 }} dev wan
route add default via {{ transit.inet }}
route add unreachable {{ agency.prefix }}
route add default via {{ transit.inet4 }}
END
systemctl enable --now nftables nat64 radvd unbound dnsmasq
