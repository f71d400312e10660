systemctl enable --now portal@80 portal@443 portal@8443
