"""Plain language: how hard a text is to read, and what in it is hard, with the place of each.

Pure: ``readable`` and ``advice`` are functions of a ``texts.Text``; ``measured`` gives the scores.
"""

from .passages import sentences
from .rules import advice
from .scores import FEWEST, SCALES, measured, readable

__all__ = ["FEWEST", "SCALES", "advice", "measured", "readable", "sentences"]
