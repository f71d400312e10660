systemctl stop intake
# The rows stay where they are: only the rule of the old column does not hold for the new one.
python3 - <<'END'
import sqlite3
db = sqlite3.connect("/var/lib/intake/intake.db")
db.executescript("""
    ALTER TABLE records ADD COLUMN whole TEXT;
    UPDATE records SET whole = client;
    DROP VIEW IF EXISTS known;
    CREATE VIEW known AS SELECT number, at, whole AS client, text FROM records;
""")
db.commit()
END
systemctl start intake
