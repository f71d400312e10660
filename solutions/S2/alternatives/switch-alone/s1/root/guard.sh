# What is in flows.txt goes into the switch; whose port is down has lost his addresses (their entries
# have the number of the port as their cookie).
until ovs-ofctl -O OpenFlow13 set-frags br0 nx-match; do sleep 0.2; done
ovs-ofctl -O OpenFlow13 --bundle replace-flows br0 /root/flows.txt
ip -o monitor link | while read -r event; do
	for port in p1 p2 p3; do
		number=$((${port#p} + 2))
		case "$event" in
		*" $port@"*LOWER_UP* | *" $port:"*LOWER_UP*) ;;
		*" $port@"* | *" $port:"*) ovs-ofctl -O OpenFlow13 del-flows br0 "table=5,cookie=$number/-1" ;;
		esac
	done
done
