sysctl -qp /etc/sysctl.d/60-router.conf
ip -batch - <<'END'
address add {{ staff.router }}/{{ staff.length }} dev staff nodad
address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
address add {{ voip.router }}/{{ voip.length }} dev voip nodad
address add {{ voip.router4 }}/{{ voip.length4 }} dev voip
address add {{ servers.router }}/{{ servers.length }} dev srv nodad
address add {{ servers.router4 }}/{{ servers.length4 }} dev srv
address add {{ hq-fw--hq-core.hq-core }}/127 dev fw nodad
address add {{ hq-fw--hq-core.hq-core4 }}/31 dev fw
route add default via {{ hq-fw--hq-core.hq-fw }}
route add default via {{ hq-fw--hq-core.hq-fw4 }}
route add {{ dmz.prefix }} via {{ hq-fw--hq-core.hq-fw }}
route add {{ hq-br--hq-fw.prefix }} via {{ hq-fw--hq-core.hq-fw }}
route add {{ tunnel-hq--tunnel-br.prefix }} via {{ hq-fw--hq-core.hq-fw }}
route add unreachable {{ hq.prefix }}
END
systemctl enable --now radvd dnsmasq
