ip -6 address flush dev eth0 scope global
systemctl restart dhcpcd
systemctl restart dhcpcd
printf 'precedence %s\n' '::1/128 50' '::/0 40' '::ffff:0:0/96 35' '2002::/16 30' '2001::/32 5' 'fc00::/7 3' '::/96 1' 'fec0::/10 1' '3ffe::/16 1' > /etc/gai.conf
