# The old test's address would stay for weeks: nobody advertises it any more, and nobody takes it back.
ip -6 address flush dev eth0 to fd11:1111:1111:110::/64
