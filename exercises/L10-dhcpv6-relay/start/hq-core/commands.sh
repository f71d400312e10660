# Both VLANs send their hosts to DHCPv6 already.
sysctl -qw net.ipv4.ip_forward=1
ip address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
ip address add {{ voip.router4 }}/{{ voip.length4 }} dev voip
ip address add {{ servers.router4 }}/{{ servers.length4 }} dev srv
ip address add {{ staff.router }}/{{ staff.length }} dev staff nodad
ip address add {{ voip.router }}/{{ voip.length }} dev voip nodad
ip address add {{ servers.router }}/{{ servers.length }} dev srv nodad
sysctl -qp /etc/sysctl.d/60-router.conf
systemctl enable --now radvd
