ip -6 address del {{ app.address }}/{{ servers.length }} dev eth0
ip -6 address add {{ pc2.servers }}/{{ servers.length }} dev eth0 valid_lft 120 preferred_lft 120
