sysctl -qp /etc/sysctl.d/60-router.conf
ip -batch - <<'END'
address add {{ outside.router }}/{{ outside.length }} dev wan nodad
address add {{ outside.router4 }}/{{ outside.length4 }} dev wan
address add {{ hq-br--hq-fw.hq-br }}/127 dev fw nodad
address add {{ hq-br--hq-fw.hq-br4 }}/31 dev fw
address add {{ hq-br--br-dn.hq-br4 }}/31 dev ts
route add {{ hq.prefix }} via {{ hq-br--hq-fw.hq-fw }}
route add {{ hq.prefix4 }} via {{ hq-br--hq-fw.hq-fw4 }}
route add {{ dmz.prefix4 }} via {{ hq-br--hq-fw.hq-fw4 }}
route add {{ br-dn.prefix4 }} via {{ hq-br--br-dn.br-dn4 }}
tunnel add tun6 mode sit local {{ hq-br--br-dn.hq-br4 }} remote {{ hq-br--br-dn.br-dn4 }} ttl 64
link set tun6 mtu 1480 up
address add {{ tunnel-hq--tunnel-br.tunnel-hq }}/127 dev tun6
route add {{ br-dn.prefix }} dev tun6
route add unreachable {{ agency.prefix }}
END
systemctl enable --now nftables
