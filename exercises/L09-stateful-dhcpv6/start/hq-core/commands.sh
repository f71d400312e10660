# SLAAC has worked here for a month.
sysctl -qw net.ipv4.ip_forward=1
ip address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
ip address add {{ servers.router4 }}/{{ servers.length4 }} dev srv
ip address add {{ staff.router }}/{{ staff.length }} dev staff nodad
ip address add {{ servers.router }}/{{ servers.length }} dev srv nodad
sysctl -qp /etc/sysctl.d/60-router.conf
systemctl enable --now radvd
