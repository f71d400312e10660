sysctl -w net.ipv6.conf.eth0.accept_dad=0
ip -6 address del {{ app.address }}/{{ servers.length }} dev eth0
ip -6 address add {{ app.address }}/{{ servers.length }} dev eth0
