"""A seat's end of a class: its notebook server, and what it tells the board and does for it.

=========== ======================================================================
`serving`   a notebook server in a class: environment, options, its start
`extension` in the notebook server: what its pages ask, and the companion beside it
`companion` tells the board how the seat gets on, and does what the trainer asks
`state`     how a seat gets on, as its own files say
`joining`   a laptop joins a room by its code
=========== ======================================================================
"""
