# The dedicated network knows the prefixes that the agency has registered, and IPv6 alone.
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ ts-pe2--br-dn.ts-pe2 }}/127 dev br-dn nodad
address add {{ ts-pe1--ts-pe2.ts-pe2 }}/127 dev core nodad
route add {{ branch-staff.prefix }} via {{ ts-pe2--br-dn.br-dn }}
route add {{ servers.prefix }} via {{ ts-pe1--ts-pe2.ts-pe1 }}
route add {{ ts-pe1--hq-br.prefix }} via {{ ts-pe1--ts-pe2.ts-pe1 }}
END
