# The guests' switch, as it was bought. What is in its database is there after a reboot; flows are not.
sysctl -qp /etc/sysctl.d/60-ports.conf
ip address add {{ s1.address }}/{{ management.length }} dev ctl nodad
systemctl enable --now openvswitch-switch
ovs-vsctl br-exists br0 || ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev protocols=OpenFlow13 other-config:datapath-id=0000000000000001 other-config:disable-in-band=true -- add-port br0 core -- set interface core ofport_request=1 -- add-port br0 dhcp -- set interface dhcp ofport_request=2 -- add-port br0 p1 -- set interface p1 ofport_request=3 -- add-port br0 p2 -- set interface p2 ofport_request=4 -- add-port br0 p3 -- set interface p3 ofport_request=5 -- set-controller br0 tcp:[{{ c0.address }}]:6653
