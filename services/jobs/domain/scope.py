"""Who may do what here."""

from yizhan.network.scope import STAFF_ROLES, Account, require_staff, require_system, standing

__all__ = ["STAFF_ROLES", "Account", "require_staff", "require_system", "standing"]
