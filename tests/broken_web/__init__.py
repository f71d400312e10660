"""L15 at seats whose fault is another than that of the seat on which its answers are graded."""
