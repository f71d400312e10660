systemctl restart unbound
ip address del {{ servers.dns }}/{{ servers.length }} dev eth0
ip address add {{ servers.dns }}/{{ servers.length }} dev eth0
ip -6 route replace default via {{ servers.router }}
systemctl restart unbound
systemctl reload nftables
sed -i 's/^stub-zone:/forward-zone:/; s/^ *stub-addr: .*/    forward-addr: {{ ns1.address }}/' /etc/unbound/unbound.conf
systemctl restart unbound
