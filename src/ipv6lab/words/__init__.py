"""The words that both halves of the engine exchange; imports nothing of the engine."""
