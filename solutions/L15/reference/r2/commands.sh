sed -i 's/AdvDefaultLifetime .*/AdvDefaultLifetime 0;/' /etc/radvd.conf
systemctl restart radvd
