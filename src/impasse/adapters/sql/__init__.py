"""Tables, transactions and reads on SQLite and PostgreSQL."""
