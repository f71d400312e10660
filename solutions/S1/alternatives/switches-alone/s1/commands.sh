# No controller at all: the switch learns, snoops MLD and breaks the loop by itself.
ovs-vsctl del-controller br0 -- set-fail-mode br0 secure
ovs-vsctl set bridge br0 mcast_snooping_enable=true rstp_enable=true other_config:mac-aging-time=15
ovs-vsctl add-port br0 t2 -- set interface t2 ofport_request=12
ovs-vsctl set port t1 other_config:mcast-snooping-flood-reports=true
ovs-vsctl set port t2 other_config:mcast-snooping-flood-reports=true
ovs-ofctl -O OpenFlow13 add-flow br0 actions=NORMAL
