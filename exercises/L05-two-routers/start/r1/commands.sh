# The router to the Internet. It has been here for a week, so nothing waits for duplicate address
# detection (nodad).
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=1
ip address add {{ guest.router4 }}/{{ guest.length4 }} dev guest
ip address add {{ outside.router4 }}/{{ outside.length4 }} dev wan
ip address add {{ guest.router }}/{{ guest.length }} dev guest nodad
ip address add {{ outside.router }}/{{ outside.length }} dev wan nodad
ip route add {{ servers.prefix4 }} via {{ guest.r24 }}
systemctl enable --now radvd
