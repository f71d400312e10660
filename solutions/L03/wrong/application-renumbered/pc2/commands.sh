ip -6 address del {{ app.address }}/{{ servers.length }} dev eth0
until ndisc6 -1 -w 500 {{ pc2.servers }} eth0 >/dev/null; do :; done
ip -6 address add {{ app.address }}/{{ servers.length }} dev eth0
