ip address add {{ dns-r.address4 }}/{{ servers.length4 }} dev eth0
ip route add default via {{ servers.router4 }}
ip address add {{ dns-r.address }}/{{ servers.length }} dev eth0 nodad
ip -6 route add default via {{ servers.router }}
file=/etc/unbound/unbound.conf
case {{ secret.fault }} in
dead-address)
    # The address of the machine before this one.
    old={{ www.address }}
    sed -i "s/AAAA {{ www.address }}\"/AAAA ${old%80}81\"/" $file
    ;;
late-answer)
    # A filter in front of unbound, which looks at what it does not know for three seconds.
    sed -i -e "s/^    interface: {{ servers.dns4 }}$/    interface: 127.0.0.1@5300/" \
        -e "/^    interface: {{ servers.dns }}$/d" \
        -e "s/^    module-config/    access-control: 127.0.0.0\/8 allow\n    module-config/" $file
    cat > /etc/dns-inspect.conf <<'CONF'
# Inspection of DNS answers. Seconds for which an answer of a type is looked at; 0: not at all.
A 0
AAAA 3
CONF
    mkdir -p /usr/local/sbin
    cat > /usr/local/sbin/dns-inspect <<'PROGRAM'
#!/usr/bin/python3
"""Takes questions at port 53, has them answered by unbound at port 5300, and inspects answers."""
import socket
import struct
import threading
import time

BEHIND = ("127.0.0.1", 5300)
KINDS = {1: "A", 28: "AAAA"}
with open("/etc/dns-inspect.conf") as lines:
    SECONDS = {
        line.split()[0]: float(line.split()[1])
        for line in lines
        if line.strip() and line[0] != "#"
    }


def inspected(question):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as behind:
        behind.settimeout(2)
        behind.sendto(question, BEHIND)
        answer = behind.recv(65535)
    at = 12
    while question[at]:
        at += question[at] + 1
    (kind,) = struct.unpack_from("!H", question, at + 1)
    time.sleep(SECONDS.get(KINDS.get(kind), 0))
    return answer


def datagram(door, question, client):
    try:
        door.sendto(inspected(question), client)
    except (OSError, IndexError, struct.error):
        pass


def connection(client):
    with client:
        try:
            client.settimeout(10)
            (length,) = struct.unpack("!H", client.recv(2, socket.MSG_WAITALL))
            answer = inspected(client.recv(length, socket.MSG_WAITALL))
            client.sendall(struct.pack("!H", len(answer)) + answer)
        except (OSError, IndexError, struct.error):
            pass


def streams(door):
    while True:
        client, _address = door.accept()
        threading.Thread(target=connection, args=(client,), daemon=True).start()


def datagrams(door):
    while True:
        question, client = door.recvfrom(65535)
        threading.Thread(target=datagram, args=(door, question, client), daemon=True).start()


threads = []
for family, address in ((socket.AF_INET, "{{ servers.dns4 }}"), (socket.AF_INET6, "{{ servers.dns }}")):
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.bind((address, 53))
    threads.append(threading.Thread(target=datagrams, args=(udp,)))
    tcp = socket.create_server((address, 53), family=family)
    threads.append(threading.Thread(target=streams, args=(tcp,)))
for thread in threads:
    thread.start()
PROGRAM
    chmod 755 /usr/local/sbin/dns-inspect
    cat > /etc/systemd/system/dns-inspect.service <<'UNIT'
[Unit]
Description=Inspection of DNS answers
After=unbound.service

[Service]
ExecStart=/usr/local/sbin/dns-inspect

[Install]
WantedBy=multi-user.target
UNIT
    systemctl daemon-reload
    systemctl enable --now unbound dns-inspect
    ;;
esac
systemctl enable --now unbound
