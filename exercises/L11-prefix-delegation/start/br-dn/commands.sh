# The branch has been on IPv4 for years. On wan it listens to head office's advertisements, as any
# host would.
sysctl -qw net.ipv4.ip_forward=1
ip address add {{ offices.br-dn4 }}/{{ offices.length4 }} dev wan
ip address add {{ offices.br-dn }}/{{ offices.length }} dev wan nodad
ip address add {{ branch-staff.router4 }}/{{ branch-staff.length4 }} dev lan1
ip address add {{ branch-guest.router4 }}/{{ branch-guest.length4 }} dev lan2
ip route add default via {{ offices.hq-br4 }}
