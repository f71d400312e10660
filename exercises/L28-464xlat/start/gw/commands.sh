# An IPv6-mostly LAN, as it has worked for a month: translator, DNS64, PREF64, option 108.
sysctl -qp /etc/sysctl.d/60-router.conf
ip -batch - <<'END'
address add {{ pilot.router }}/{{ pilot.length }} dev pilot nodad
address add {{ pilot.router4 }}/{{ pilot.length4 }} dev pilot
address add {{ transit.gw }}/{{ transit.length }} dev wan nodad
address add {{ transit.gw4 }}/{{ transit.length4 }} dev wan
route add default via {{ transit.inet }}
route add unreachable {{ agency.prefix }}
route add default via {{ transit.inet4 }}
END
systemctl enable --now nftables nat64 radvd unbound dnsmasq
