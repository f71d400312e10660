ip -6 address del {{ app.address }}/{{ servers.length }} dev eth0
ip -6 address add {{ servers.network }}82/{{ servers.length }} dev eth0
