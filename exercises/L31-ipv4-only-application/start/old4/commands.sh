ip address add {{ old4.address4 }}/{{ servers.length4 }} dev eth0
ip route add default via {{ servers.router4 }}
