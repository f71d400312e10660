"""Fresh hosts of the grader, and what only such a host can ask."""
