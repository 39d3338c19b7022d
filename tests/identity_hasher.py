"""A hasher for tests: the real argon2id at its lowest cost, counting what it is asked."""

from __future__ import annotations

from argon2 import PasswordHasher


class Counting(PasswordHasher):
    """The real hasher, quick, which remembers how often it compared."""

    def __init__(self, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost, memory_cost=8, parallelism=1)
        self.checked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 as it is called there
        self.checked += 1
        return super().verify(hash, password)
