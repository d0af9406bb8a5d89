"""The scorecard: what a guide is worth by the instruments that others assess health texts with.

``instruments``: their items, as data. ``filling``: what the checks and the records answer by
themselves. ``answers``: what people answered, and whether that still counts. ``scoring``: what it
comes to. Whatever it says is a self-assessment, and every page says so.
"""
