"""The REST door: one router per noun."""
