systemctl reload nftables
ip tunnel change tun6 mode sit remote {{ hq-br--br-dn.br-dn4 }}
ip -6 route del {{ staff.prefix }} dev tun6 2> /dev/null || true
ip address add fe80::1/64 dev ts nodad
ip -6 route replace {{ br-dn.prefix }} via fe80::2 dev ts
ip -6 route replace {{ tunnel-hq--tunnel-br.tunnel-br }}/128 via fe80::2 dev ts
