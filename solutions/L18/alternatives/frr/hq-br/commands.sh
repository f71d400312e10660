ip link add tun4 type ip6tnl mode ipip6 local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} encaplimit none
ip link add gre6 type ip6gre local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} encaplimit none
ip link set tun4 up
ip link set gre6 up
systemctl enable --now frr
