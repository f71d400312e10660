echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
echo net.ipv6.conf.all.forwarding=1 > /etc/sysctl.d/60-router.conf
ip addr add {{ staff.router }}/64 dev staff
ip addr add {{ r1--r2.r1 }}/127 dev r2
ip route add {{ servers.zone_prefix }} via {{ r1--r2.r2 }}
