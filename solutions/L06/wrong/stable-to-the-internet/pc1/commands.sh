sysctl -p /etc/sysctl.d/60-privacy.conf
# The addresses that are there were built the old way: build all of them anew, without touching IPv4.
sysctl -w net.ipv6.conf.eth0.disable_ipv6=1
sysctl -w net.ipv6.conf.eth0.disable_ipv6=0
# Everybody else may know who it is.
until ip -6 address show dev eth0 -tentative -temporary to {{ staff.prefix }} | grep -q inet6; do
    ip monitor address dev eth0 | head -1
done
stable=$(ip -6 address show dev eth0 -tentative -temporary to {{ staff.prefix }} | sed -n 's|.*inet6 \(.*\)/64.*|\1|p')
ip -6 route add 2600::/8 via $(ip -6 route show default | sed -n 's/.*via \([^ ]*\).*/\1/p') dev eth0 src $stable
