for type in 1 2 3 4; do ip6tables -I FORWARD -p icmpv6 --icmpv6-type $type -j ACCEPT; done
