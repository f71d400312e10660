sysctl -p /etc/sysctl.d/60-router.conf
ip -6 address add {{ r1--r2.r2 }}/127 dev r1
ip -6 address add {{ servers.router }}/{{ servers.length }} dev srv
systemctl enable --now bird
