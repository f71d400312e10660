for port in p1 p2 p3 p4; do bridge link set dev $port isolated on; done
