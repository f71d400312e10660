"""Marks that count: what the trainer's own gradings found, by person, and what was made of it.

================ ==================================================================================
`people`         whose a seat is, also a laptop's, and how a name is written anywhere
`ledger`         the gradebook on disk: each grading and each mark of a trainer's, nothing lost
`regrading`      which hand-ins are still to be graded, and grading them
`standing`       what a person stands at: the last grading with the trainer's own marks laid on
`appeals`        what seats dispute, and marks that a trainer sets
`sheets`         the gradebook as CSV, XLSX and JSON
`beside`         what is known beside the marks: time at work, tests before and after
`person_report`  what a person's report says, `class_report` what the class's says
`documents`      headings, lines and tables as an HTML page, `paper` the same as PDF
`written`        reports as files
`signing`        the class's key; `signed` are files with a signature in them
`awards`         certificates; `verifying` says whether a file is as it was signed
================ ==================================================================================

What a seat says of itself is in none of these marks: it is shown beside them, as self-reported.
"""
