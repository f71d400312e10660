"""The board: what trainer and projector see of a class, beside the hub and on an origin of its own.

========== ==================================================================================
`room`     what is known of the room: seats, hands, notes, what is open; kept on disk
`seats`    the seats' connections, and what is asked of them
`handlers` what is served to whom: pages, the trainer's questions, seats, laptops that join
`titles`   what exercises and checks are called
`main`     the process
========== ==================================================================================

Who asks says so with a bearer token in a header: nothing here reads or sets a cookie, so no page of
another origin, not even one on this machine's other ports, can ask in anybody's name. What comes
from trainees is shown as text, never as markup.
"""
