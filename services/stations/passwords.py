"""Passwords as argon2id hashes, of the cost that OWASP's Password Storage Cheat Sheet names first: 19 MiB,
two passes, one lane. A county's staff sign in within the same minutes, on a server of two cores."""

from __future__ import annotations

from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_MEMORY_KIB = 19 * 1024
_PASSES = 2
_LANES = 1


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES),))


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("the password of nobody")


def hash_password(password: str) -> str:
    """A salted hash. Takes some 20 ms of a core and 19 MiB."""
    return _hasher().hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is right. Without a hash it takes as long and says no, so that the time an answer
    takes does not tell which logins exist."""
    right = _hasher().verify(password, password_hash or _nobodys_hash())
    return right and password_hash is not None
