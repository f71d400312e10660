"""A class: a roster with seats and PINs, the room it works in, and what the trainer sees of it.

================ ==================================================================================
`roster`         a table of people, read and checked as a whole
`folder`         the class on disk: seats, PINs, secrets, handed-in work
`cards`          what is printed and cut: address, QR code, seat, PIN
`certificate`    the class's own TLS certificate
`tokens`         who is asking: a seat, or the trainer
`ground`         the class's own view of the machine: its accounts, and nothing of root's
`bounds`         what one seat may take of the machine
`hub`            JupyterHub: sign-in by PIN, a notebook server for each seat
`forking`        servers and kernels as copies of one that has everything imported
`board`          what trainer and projector see; what seats report to
`seat`           the seat's end of it: reports, hands in, does what the trainer asks
`gradebook`      marks that count, by person
`upkeep`         the process that holds hub and board
`rehearsal`      the class played through on this machine before it comes
================ ==================================================================================
"""
