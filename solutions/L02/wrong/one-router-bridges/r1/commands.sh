ip link add lan type bridge
ip link set lan up
ip link set staff master lan
ip link set r2 master lan
