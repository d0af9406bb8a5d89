"""Texts out to translators' tools and back: XLIFF 2.0, XLIFF 1.2 and PO, block by block.

``inline`` protects what must come back, ``units`` cuts texts into units, ``stores`` writes and
reads the three formats, ``intake`` refuses what no translator's tool has made, ``exporting`` and
``importing`` do the work. Knows no content app; terms come from ``review.terms``.
"""
