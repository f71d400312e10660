ip link add to-branch type ip6tnl mode any local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} encaplimit none tclass inherit
ip link add watch type ip6gre local {{ ts-pe1--hq-br.hq-br }} remote {{ ts-pe2--br-dn.br-dn }} encaplimit none tclass inherit hoplimit 100
ip link set to-branch up
ip link set watch up
systemctl enable --now bird
