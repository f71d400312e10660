# IPv4 has been routed here for years. Of IPv6 there is nothing yet.
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=0
ip address add {{ servers.router4 }}/{{ servers.length4 }} dev srv
ip address add {{ r1--r2.r24 }}/31 dev r1
ip route add {{ staff.prefix4 }} via {{ r1--r2.r14 }}
