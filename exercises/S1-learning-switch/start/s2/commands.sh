# As s1.
sysctl -qp /etc/sysctl.d/60-ports.conf
ip address add {{ s2.address }}/{{ management.length }} dev ctl nodad
systemctl enable --now openvswitch-switch
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev protocols=OpenFlow13 other-config:datapath-id=0000000000000002 other-config:disable-in-band=true
ovs-vsctl add-port br0 p4 -- set interface p4 ofport_request=1
ovs-vsctl add-port br0 p5 -- set interface p5 ofport_request=2
ovs-vsctl add-port br0 t1 -- set interface t1 ofport_request=11
ovs-vsctl set-controller br0 tcp:[{{ c0.address }}]:6653
