ip -6 address del {{ app.address }}/{{ servers.length }} dev eth0
ip -6 address add {{ pc1.servers }}/{{ servers.length }} dev eth0
