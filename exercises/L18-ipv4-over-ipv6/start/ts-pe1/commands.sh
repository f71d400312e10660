# The dedicated network knows the prefixes that the agency has registered, and IPv6 alone.
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ ts-pe1--hq-br.ts-pe1 }}/127 dev hq-br nodad
address add {{ ts-pe1--ts-pe2.ts-pe1 }}/127 dev core nodad
route add {{ servers.prefix }} via {{ ts-pe1--hq-br.hq-br }}
route add {{ branch-staff.prefix }} via {{ ts-pe1--ts-pe2.ts-pe2 }}
route add {{ ts-pe2--br-dn.prefix }} via {{ ts-pe1--ts-pe2.ts-pe2 }}
END
