# The pilot LAN has IPv6 only; the management VLAN and the way out have both.
sysctl -qp /etc/sysctl.d/60-router.conf
ip -batch - <<'END'
address add {{ pilot.router }}/{{ pilot.length }} dev pilot nodad
address add {{ management.router }}/{{ management.length }} dev mgmt nodad
address add {{ management.router4 }}/{{ management.length4 }} dev mgmt
address add {{ transit.gw }}/{{ transit.length }} dev wan nodad
address add {{ transit.gw4 }}/{{ transit.length4 }} dev wan
route add default via {{ transit.inet }}
route add unreachable {{ agency.prefix }}
route add default via {{ transit.inet4 }}
END
systemctl enable --now radvd unbound
