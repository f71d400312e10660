"""Servers and kernels as copies of one process that has imported everything they import.

========= =====================================================================================
`nursery` forks a copy for each connection, and tells its pid and its end
`warming` what is imported before, and what of root's that must not have remembered
`becoming` from a copy of root's process to one of a seat's account
`server`  the fork server itself, root's: one notebook server for each connection
`copies`  a copy as the one who asked for it sees it, like a ``Popen``
`provisioner` in a server that is a copy: its kernels are copies too
========= =====================================================================================

It is optional: where it is gone servers and kernels start as ever, only slower and larger.

The one who forks never reads what it is asked for. A copy is made first and reads the request
itself, so what one seat's server is told (tokens, names) is in no memory that another is a copy of.
"""
