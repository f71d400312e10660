# IPv6 to the branch's staff goes natively through the dedicated network, which carries no IPv4.
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ servers.router }}/{{ servers.length }} dev fw nodad
address add {{ servers.router4 }}/{{ servers.length4 }} dev fw
address add {{ management.router }}/{{ management.length }} dev mgmt nodad
address add {{ management.router4 }}/{{ management.length4 }} dev mgmt
address add {{ ts-pe1--hq-br.hq-br }}/127 dev ts nodad
route add {{ tslcd.prefix }} via {{ ts-pe1--hq-br.ts-pe1 }}
route add {{ branch-staff.prefix }} via {{ ts-pe1--hq-br.ts-pe1 }}
route add unreachable {{ agency.prefix }}
END
