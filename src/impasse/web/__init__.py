"""The human door: pages and forms."""
