# IPv4 has been routed here for years. IPv6 has its addresses, and nothing more yet. They have been
# here for a week, so nothing waits for duplicate address detection (nodad).
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=0
ip address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
ip address add {{ servers.router4 }}/{{ servers.length4 }} dev srv
ip address add {{ staff.router }}/{{ staff.length }} dev staff nodad
ip address add {{ servers.router }}/{{ servers.length }} dev srv nodad
