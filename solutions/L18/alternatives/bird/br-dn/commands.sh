ip link add to-hq type ip6tnl mode any local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} encaplimit none tclass inherit
ip link add watch type ip6gre local {{ ts-pe2--br-dn.br-dn }} remote {{ ts-pe1--hq-br.hq-br }} encaplimit none tclass inherit hoplimit 100
ip link set to-hq up
ip link set watch up
systemctl enable --now bird
