"""口述成单: from the way people speak to a structured draft of a posting (`parse`)."""

from services.jobs.domain.dictation.parser import NEEDED, Dictation, parse

__all__ = ["NEEDED", "Dictation", "parse"]
