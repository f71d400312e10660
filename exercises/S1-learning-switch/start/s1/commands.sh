# A switch as it was bought. The second cable, t2, is not plugged in: once it was, and nothing worked.
sysctl -qp /etc/sysctl.d/60-ports.conf
ip address add {{ s1.address }}/{{ management.length }} dev ctl nodad
systemctl enable --now openvswitch-switch
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev protocols=OpenFlow13 other-config:datapath-id=0000000000000001 other-config:disable-in-band=true
ovs-vsctl add-port br0 core -- set interface core ofport_request=1
ovs-vsctl add-port br0 p1 -- set interface p1 ofport_request=2
ovs-vsctl add-port br0 p2 -- set interface p2 ofport_request=3
ovs-vsctl add-port br0 p3 -- set interface p3 ofport_request=4
ovs-vsctl add-port br0 t1 -- set interface t1 ofport_request=11
ovs-vsctl set-controller br0 tcp:[{{ c0.address }}]:6653
