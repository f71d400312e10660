systemctl stop intake
cp /var/lib/intake/intake.db /var/lib/intake/before-2.4.db
python3 - <<'END'
import sqlite3
db = sqlite3.connect("/var/lib/intake/intake.db")
[last] = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'records'").fetchone()
db.execute("""CREATE TABLE wider (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    client VARCHAR(45) NOT NULL,
    text TEXT NOT NULL
)""")
db.execute("INSERT INTO wider SELECT number, at, client, text FROM records")
db.execute("DROP TABLE records")
db.execute("ALTER TABLE wider RENAME TO records")
db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'records'", (last,))
db.commit()
END
systemctl start intake
