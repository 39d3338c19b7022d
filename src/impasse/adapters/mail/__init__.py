"""E-mail that comes in: listening, keeping, reading, filing."""
