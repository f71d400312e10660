"""PID 1 of the sandbox: answers requests that arrive as frames on its standard input.

It is single-threaded, because only a single-threaded process may join a user namespace.
"""
