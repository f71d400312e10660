sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=1
ip address add {{ staff.r24 }}/{{ staff.length4 }} dev staff
ip address add {{ staff.r2 }}/{{ staff.length }} dev staff nodad
# The line is gone; what was sent to it goes nowhere.
ip route add blackhole default
ip -6 route add blackhole default
case {{ secret.fault }} in
no-upstream)
    sed -i 's/    AdvDefaultLifetime 0;/    AdvDefaultLifetime 1800;\n    AdvDefaultPreference high;/' /etc/radvd.conf
    ;;
esac
systemctl enable --now radvd
