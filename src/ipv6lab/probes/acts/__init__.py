"""What is done to the network for the time of a probe, and undone."""
