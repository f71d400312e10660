# IPv4 has been routed here for years. Of IPv6 there is nothing yet.
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=0
ip address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
ip address add {{ r1--r2.r14 }}/31 dev r2
ip route add {{ servers.prefix4 }} via {{ r1--r2.r24 }}
