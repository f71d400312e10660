nft add rule inet filter forward tcp sport 80 ip6 saddr {{ www.address }} meta length gt 200 drop
