"""The outside world, made to fit the engine's ports."""
