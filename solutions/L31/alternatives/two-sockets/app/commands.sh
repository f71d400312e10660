systemctl stop intake
# The rule about 15 characters goes out of the table's own description; no row is touched.
python3 - <<'END'
import sqlite3
db = sqlite3.connect("/var/lib/intake/intake.db")
db.execute("PRAGMA writable_schema = ON")
db.execute("""UPDATE sqlite_schema SET sql = replace(
    sql, 'VARCHAR(15) NOT NULL CHECK (length(client) <= 15)', 'TEXT NOT NULL'
) WHERE name = 'records'""")
db.commit()
END
systemctl start intake
