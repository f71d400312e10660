"""System calls that Python 3.11 lacks; used by both halves, imports nothing of the engine."""
