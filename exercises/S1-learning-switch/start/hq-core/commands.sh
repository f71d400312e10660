ip address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
ip address add {{ staff.router }}/{{ staff.length }} dev staff nodad
