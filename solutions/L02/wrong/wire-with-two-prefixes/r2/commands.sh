sysctl -p /etc/sysctl.d/60-router.conf
ip -6 address add {{ staff.network }}f1/127 dev r1
ip -6 address add {{ servers.router }}/{{ servers.length }} dev srv
ip -6 route add {{ staff.prefix }} via {{ staff.network }}f0 dev r1
