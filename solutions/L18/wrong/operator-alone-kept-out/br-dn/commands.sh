# Tunnels that take packets from anybody, encapsulation by route; who may come in the firewall says.
ip link add tun4 type ip6tnl external
ip link set tun4 mtu 1460 up
ip route add {{ servers.prefix4 }} encap ip6 src {{ ts-pe2--br-dn.br-dn }} dst {{ ts-pe1--hq-br.hq-br }} dev tun4

ip link add gre6 type ip6gre local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} \
    hoplimit 64 encaplimit none
ip link set gre6 up
ip route add {{ management.prefix4 }} dev gre6
ip -6 route add {{ management.prefix }} dev gre6

nft -f /etc/nftables.conf
