ip -6 address del {{ app.address }}/{{ servers.length }} dev eth0
