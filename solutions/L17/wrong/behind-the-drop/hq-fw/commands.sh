nft add rule inet filter forward icmpv6 type '{ destination-unreachable, packet-too-big, time-exceeded, parameter-problem }' accept
