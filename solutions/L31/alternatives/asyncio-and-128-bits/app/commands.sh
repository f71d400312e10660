systemctl stop intake
python3 - <<'END'
import sqlite3
db = sqlite3.connect("/var/lib/intake/intake.db")
db.executescript("""
    ALTER TABLE records RENAME TO narrow;
    CREATE TABLE records (number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT, client TEXT, text TEXT);
    INSERT INTO records SELECT * FROM narrow;
    CREATE TABLE requests (day TEXT, six INTEGER, client TEXT);
""")
# The counter stays in the old table's line; the new table takes it over.
[last] = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'narrow'").fetchone()
db.execute("INSERT INTO records (number, at, client, text) VALUES (?, '', '', '')", (last,))
db.execute("DELETE FROM records WHERE number = ?", (last,))
for line in open("/var/log/intake.log", encoding="utf-8"):
    day, _, client, *_ = line.split()
    if client.count(".") == 3:
        db.execute("INSERT INTO requests VALUES (?, 0, ?)", (day, client))
db.commit()
END
systemctl start intake
