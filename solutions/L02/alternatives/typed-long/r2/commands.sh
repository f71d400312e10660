echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
echo net.ipv6.conf.all.forwarding=1 > /etc/sysctl.d/60-router.conf
ip addr add {{ r1--r2.r2 }}/127 dev r1
ip addr add {{ servers.router }}/64 dev srv
ip route add {{ staff.zone_prefix }} via {{ r1--r2.r1 }}
