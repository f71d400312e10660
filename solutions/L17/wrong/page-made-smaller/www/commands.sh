head -c 1000 /srv/web/report.txt > /srv/web/short.txt && mv /srv/web/short.txt /srv/web/report.txt
