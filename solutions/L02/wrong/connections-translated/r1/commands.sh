sysctl -p /etc/sysctl.d/60-router.conf
ip -6 address add {{ staff.router }}/{{ staff.length }} dev staff
ip -6 address add {{ r1--r2.r1 }}/127 dev r2
ip -6 route add {{ servers.prefix }} via {{ r1--r2.r2 }} dev r2
