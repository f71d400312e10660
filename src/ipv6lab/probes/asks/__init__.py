"""What asks from a vantage point, and whether the answer is what it should be."""
