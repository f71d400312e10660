ip -6 route replace default dev tun6
sysctl -p /etc/sysctl.d/60-router.conf
sed -i '/^ *ip protocol 41 /d' /etc/nftables.conf
systemctl reload nftables
systemctl disable --now radvd
printf 'port=0\ninterface=lan1\nenable-ra\ndhcp-range={{ branch-staff.network }},ra-only,64,24h\nra-param=lan1,10,1800\n' > /etc/dnsmasq.d/lan.conf
systemctl enable --now dnsmasq
