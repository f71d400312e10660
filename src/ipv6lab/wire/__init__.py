"""Headers, options and messages, decoded and made once for both halves.

Each follows its RFC's rules of validity; nothing here trusts a length, and nothing raises for what
a frame holds. What a frame says of nodes and links is for others to tell.
"""
