systemctl restart kea-dhcp6-server
systemctl enable --now branch-route
# Another pool, as the notebook tries it, once the branch has its prefix; and back again.
timeout 4 bash -c 'until [ "$(wc -l < /var/lib/kea/leases6.csv)" -gt 1 ]; do sleep 0.2; done'
cp /etc/kea/kea-dhcp6.conf /root/kept.conf
sed -i 's/:8000::/:9000::/' /etc/kea/kea-dhcp6.conf
systemctl restart kea-dhcp6-server
sleep 12
cp /root/kept.conf /etc/kea/kea-dhcp6.conf
systemctl restart kea-dhcp6-server
sleep 11
