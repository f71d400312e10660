#!/bin/sh
# Names every line of FRR's configuration that its shell does not understand, as an error (<3>).

file=/etc/frr/frr.conf
[ -r "$file" ] || exit 0
said=$(vtysh --dryrun --inputfile "$file" 2>&1) && exit 0
printf '%s\n' "$said" | sed -n "s|^line |<3>$file, line |p"
exit 1
