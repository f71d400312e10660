sysctl -p /etc/sysctl.d/60-router.conf
ip -6 address add {{ r1--r2.r2 }}/127 dev r1
ip -6 address add {{ servers.router }}/{{ servers.length }} dev srv
# The way back: without it requests arrive and answers get lost.
ip -6 route add {{ staff.prefix }} via {{ r1--r2.r1 }} dev r1
