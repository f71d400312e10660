sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ staff.router }}/{{ staff.length }} dev staff nodad
address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
address add {{ servers.router }}/{{ servers.length }} dev srv nodad
address add {{ servers.router4 }}/{{ servers.length4 }} dev srv
address add {{ voip.router }}/{{ voip.length }} dev voip nodad
address add {{ voip.router4 }}/{{ voip.length4 }} dev voip
address add {{ management.router }}/{{ management.length }} dev mgmt nodad
address add {{ management.router4 }}/{{ management.length4 }} dev mgmt
address add {{ pilot.router }}/{{ pilot.length }} dev pilot nodad
address add {{ pilot.router4 }}/{{ pilot.length4 }} dev pilot
address add {{ hq-fw--hq-core.hq-core }}/127 dev fw nodad
address add {{ hq-fw--hq-core.hq-core4 }}/31 dev fw
address add {{ guest.router }}/{{ guest.length }} dev guest nodad
address add {{ guest.router4 }}/{{ guest.length4 }} dev guest
address add {{ hq-core.loopback }}/128 dev lo
route add default via {{ hq-fw--hq-core.hq-fw }}
route add default via {{ hq-fw--hq-core.hq-fw4 }}
route add {{ dmz.prefix }} via {{ hq-fw--hq-core.hq-fw }}
route add {{ hq-fw.loopback }}/128 via {{ hq-fw--hq-core.hq-fw }}
route add {{ hq-br.loopback }}/128 via {{ hq-fw--hq-core.hq-fw }}
route add {{ hq-br--hq-fw.prefix }} via {{ hq-fw--hq-core.hq-fw }}
route add {{ hq-br--hq-fw.prefix4 }} via {{ hq-fw--hq-core.hq-fw4 }}
route add unreachable {{ hq.prefix }}
route add unreachable {{ hq.prefix4 }}
END
systemctl start radvd
