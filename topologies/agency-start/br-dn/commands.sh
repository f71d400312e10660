sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ branch-staff.router }}/{{ branch-staff.length }} dev lan1 nodad
address add {{ branch-staff.router4 }}/{{ branch-staff.length4 }} dev lan1
address add {{ branch-guest.router }}/{{ branch-guest.length }} dev lan2 nodad
address add {{ branch-guest.router4 }}/{{ branch-guest.length4 }} dev lan2
address add {{ ts-pe2--br-dn.br-dn }}/127 dev wan nodad
address add {{ ts-pe2--br-dn.br-dn4 }}/31 dev wan
address add {{ branch-dmz.router }}/{{ branch-dmz.length }} dev dmz nodad
address add {{ branch-dmz.router4 }}/{{ branch-dmz.length4 }} dev dmz
address add {{ br-dn.loopback }}/128 dev lo
route add default via {{ ts-pe2--br-dn.ts-pe2 }}
route add default via {{ ts-pe2--br-dn.ts-pe24 }}
route add unreachable {{ br-dn.prefix }}
route add unreachable {{ br-dn.prefix4 }}
END
systemctl start radvd
