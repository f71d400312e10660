# The router to the servers. It has no way to the Internet.
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=1
ip address add {{ guest.r24 }}/{{ guest.length4 }} dev guest
ip address add {{ servers.router4 }}/{{ servers.length4 }} dev srv
ip address add {{ guest.r2 }}/{{ guest.length }} dev guest nodad
ip address add {{ servers.router }}/{{ servers.length }} dev srv nodad
systemctl enable --now radvd
