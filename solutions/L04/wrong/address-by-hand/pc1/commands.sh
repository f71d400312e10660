ip address add {{ staff.network }}10/64 dev eth0
