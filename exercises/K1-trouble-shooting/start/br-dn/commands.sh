sysctl -qp /etc/sysctl.d/60-router.conf
ip -batch - <<'END'
address add {{ branch-staff.router }}/{{ branch-staff.length }} dev lan1 nodad
address add {{ branch-staff.router4 }}/{{ branch-staff.length4 }} dev lan1
address add {{ hq-br--br-dn.br-dn4 }}/31 dev wan
route add default via {{ hq-br--br-dn.hq-br4 }}
tunnel add tun6 mode sit local {{ hq-br--br-dn.br-dn4 }} remote {{ hq-br--br-dn.hq-br4 }} ttl 64
link set tun6 mtu 1480 up
address add {{ tunnel-hq--tunnel-br.tunnel-br }}/127 dev tun6
route add ::/0 dev tun6
route add unreachable {{ br-dn.prefix }}
END
systemctl enable --now nftables radvd
