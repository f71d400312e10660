sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=1
ip address add {{ branch-staff.router4 }}/{{ branch-staff.length4 }} dev lan1
ip address add {{ branch-staff.router }}/{{ branch-staff.length }} dev lan1 nodad
ip address add {{ ts-pe2--br-dn.br-dn4 }}/31 dev wan
ip route add default via {{ ts-pe2--br-dn.ts-pe24 }}
