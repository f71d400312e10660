ovs-vsctl add-port br0 t2 -- set interface t2 ofport_request=12
