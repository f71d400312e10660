sysctl -qp /etc/sysctl.d/60-router.conf
ip -batch - <<'END'
address add {{ hq-fw--hq-core.hq-fw }}/127 dev core nodad
address add {{ hq-fw--hq-core.hq-fw4 }}/31 dev core
address add {{ dmz.router }}/{{ dmz.length }} dev dmz nodad
address add {{ dmz.router4 }}/{{ dmz.length4 }} dev dmz
address add {{ hq-br--hq-fw.hq-fw }}/127 dev wan nodad
address add {{ hq-br--hq-fw.hq-fw4 }}/31 dev wan
route add default via {{ hq-br--hq-fw.hq-br }}
route add default via {{ hq-br--hq-fw.hq-br4 }}
route add {{ tunnel-hq--tunnel-br.prefix }} via {{ hq-br--hq-fw.hq-br }}
route add {{ hq.prefix }} via {{ hq-fw--hq-core.hq-core }}
route add {{ hq.prefix4 }} via {{ hq-fw--hq-core.hq-core4 }}
END
systemctl enable --now nftables
