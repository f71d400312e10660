ip -6 address add {{ ts-pe1--hq-br.hq-br }}/127 dev ts
ip -6 route add {{ br-dn.prefix }} via {{ ts-pe1--hq-br.ts-pe1 }}
