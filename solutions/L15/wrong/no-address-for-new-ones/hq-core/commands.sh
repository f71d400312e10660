sed -i '/AdvValidLifetime/i\        AdvAutonomous off;' /etc/radvd.conf
systemctl restart radvd
