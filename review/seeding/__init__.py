"""Made-up content in any amount, in every state that a desk knows: for demonstrations and for
measurements. ``texts`` says what it reads like, ``plan`` what becomes of each text, ``people`` who
works on it, ``today`` what waits; ``workflow.bulk`` writes it."""

from .plan import Refused, check, seed

__all__ = ["Refused", "check", "seed"]
