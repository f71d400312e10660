systemctl restart nsd
ip address add {{ ns1.address }}/{{ dmz.length }} dev eth0 nodad 2> /dev/null || {
ip address del {{ ns1.address }}/48 dev eth0
ip address add {{ ns1.address }}/{{ dmz.length }} dev eth0 nodad
ip -6 route replace default via {{ dmz.router }}
systemctl restart nsd; }
