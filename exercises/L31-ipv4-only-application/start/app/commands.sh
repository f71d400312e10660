ip -batch - <<'E'
address add {{ app.address }}/{{ servers.length }} dev eth0 nodad
address add {{ app.address4 }}/{{ servers.length4 }} dev eth0
route add default via {{ servers.router }}
route add default via {{ servers.router4 }}
E
mkdir -p /var/lib/intake
# What has come in so far. Some records were withdrawn, the last three among them.
python3 - <<'E'
import hashlib, sqlite3
db = sqlite3.connect("/var/lib/intake/intake.db")
db.execute("""CREATE TABLE records (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    client VARCHAR(15) NOT NULL CHECK (length(client) <= 15),
    text TEXT NOT NULL
)""")
with open("/var/log/intake.log", "w") as log:
    for number in range(1, 61):
        day = f"2026-10-{1 + number // 4:02}"
        client = "2001" if number % 9 == 0 else f"198.18.10.{100 + number % 10}"
        mark = hashlib.sha256(f"{{ secret.seal }}/{number}".encode()).hexdigest()[:12]
        db.execute("INSERT INTO records VALUES (?, ?, ?, ?)",
                   (number, f"{day} 08:00:00", client, f"Hồ sơ {mark}"))
        log.write(f'{day} 08:00:00 {client} "POST /records" 201\n')
db.execute("DELETE FROM records WHERE number % 7 = 0 OR number > 57")
db.commit()
E
systemctl enable --now intake
