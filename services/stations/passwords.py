"""Passwords as argon2id hashes (pwdlib's recommended settings: 64 MiB a hash)."""

from __future__ import annotations

from functools import cache

from pwdlib import PasswordHash


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("the password of nobody")


def hash_password(password: str) -> str:
    """A salted hash. Takes some 50 ms of a core and 64 MiB."""
    return _hasher().hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is right. Without a hash it takes as long and says no, so that the time an answer
    takes does not tell which logins exist."""
    right = _hasher().verify(password, password_hash or _nobodys_hash())
    return right and password_hash is not None
