"""Runs decisions: one command, one transaction."""
