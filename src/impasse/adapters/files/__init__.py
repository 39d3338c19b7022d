"""Workflows, calendars, indicators, organisations and disputes, read from disk."""
