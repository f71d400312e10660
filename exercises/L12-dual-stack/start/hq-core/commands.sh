# All of this has been here for months, so nothing waits for duplicate address detection.
sysctl -qw net.ipv6.conf.staff.accept_dad=0 net.ipv6.conf.srv.accept_dad=0
sysctl -qw net.ipv6.conf.all.disable_ipv6=1
sysctl -qw net.ipv6.conf.all.disable_ipv6=0
sysctl -qw net.ipv4.ip_forward=1
# A router takes no addresses from advertisements, not even from its own.
sysctl -qw net.ipv6.conf.all.forwarding=0 net.ipv6.conf.staff.accept_ra=0
ip address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
ip address add {{ servers.router4 }}/{{ servers.length4 }} dev srv
ip address add {{ staff.router }}/{{ staff.length }} dev staff
ip address add {{ servers.router }}/{{ servers.length }} dev srv
systemctl enable --now radvd
