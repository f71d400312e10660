systemctl restart radvd dnsmasq
ip address del {{ pilot.router4 }}/{{ pilot.length4 }} dev pilot
