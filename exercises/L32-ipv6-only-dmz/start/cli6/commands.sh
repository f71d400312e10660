# The way between takes packets of 1,400 octets, and hears of larger ones by ICMP.
ip address add {{ cli6.address }}/{{ outside.length }} dev eth0 nodad
ip -6 route add default via {{ outside.router }} mtu 1400 advmss 1440
