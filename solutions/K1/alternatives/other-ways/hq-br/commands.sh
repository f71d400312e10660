systemctl reload nftables
ip tunnel change tun6 mode sit remote {{ hq-br--br-dn.br-dn4 }}
ip -6 route del {{ staff.prefix }} dev tun6 2> /dev/null || true
