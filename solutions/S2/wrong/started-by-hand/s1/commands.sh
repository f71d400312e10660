ovs-vsctl set-fail-mode br0 secure
