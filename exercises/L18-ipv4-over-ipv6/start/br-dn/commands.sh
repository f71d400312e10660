# IPv6 to the servers goes natively through the dedicated network, which carries no IPv4.
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ branch-staff.router }}/{{ branch-staff.length }} dev lan1 nodad
address add {{ branch-staff.router4 }}/{{ branch-staff.length4 }} dev lan1
address add {{ branch-management.router }}/{{ branch-management.length }} dev mgmt nodad
address add {{ branch-management.router4 }}/{{ branch-management.length4 }} dev mgmt
address add {{ ts-pe2--br-dn.br-dn }}/127 dev wan nodad
route add {{ tslcd.prefix }} via {{ ts-pe2--br-dn.ts-pe2 }}
route add {{ servers.prefix }} via {{ ts-pe2--br-dn.ts-pe2 }}
route add unreachable {{ agency.prefix }}
END
