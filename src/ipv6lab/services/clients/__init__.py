"""Programs of the nodes: scripts of their own, run by the image's Python; nothing imports them."""
