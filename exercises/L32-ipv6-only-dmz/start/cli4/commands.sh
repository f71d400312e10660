# The way between takes packets of 1,400 octets, and hears of larger ones by ICMP.
ip address add {{ cli4.address4 }}/{{ outside.length4 }} dev eth0
ip route add default via {{ outside.router4 }} mtu 1400 advmss 1460
