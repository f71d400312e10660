"""JupyterHub for a class: sign-in by PIN, and a notebook server for each seat.

=============== ================================================================
`configuration` what ``jupyterhub -f`` reads
`signing_in`    seat and PIN; five wrong ones lock the seat for a minute
`spawning`      a seat's server: its account, environment and bounds
`wanted`        what the process that holds the class tells the hub
=============== ================================================================
"""
