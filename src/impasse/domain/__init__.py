"""What a dispute is, and what may happen to it. Pure: no clock, database or network."""
