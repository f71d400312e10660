ip -6 address add {{ ts-pe2--br-dn.br-dn }}/127 dev wan
ip -6 route add default via {{ ts-pe2--br-dn.ts-pe2 }}
ip -6 route add unreachable {{ br-dn.prefix }}
