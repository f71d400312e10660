"""What a node is: its namespaces, its own root tree, and the init that runs its commands."""
