"""What the topics app finds in a proposed text: whether a treatment is weighed from all sides, and
whether what must be said is said."""

import re

from django.utils.translation import gettext_noop as _

from review import blocks, quality
from review.quality.evidence.vocabulary import plain, words

from .models import Analogy, Guide, Topic

# A run of letters is a word; two characters of a script without spaces count as one.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{1,2}|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+")
FEWEST = 5  # words in which something can be said at all
MUST_SAY = {Guide: ("urgent_signs", "not_known"), Analogy: ("leaves_out",)}
HALF = 0.5  # of the words on benefits, at least, must be on harms

_SAYS_NOTHING = _("This must be said in every such text, and “%(words)s” does not say it.")
# The six sides of a treatment, after DISCERN, questions 9 to 14 (Charnock et al., J Epidemiol
# Community Health 1999;53:105, doi:10.1136/jech.53.2.105).
SIDES = {
    "works": _("A treatment needs a part on how it works: no heading here is about that."),
    "benefits": _("A treatment needs a part on what it can offer: no heading here is about that."),
    "harms": _("A treatment needs a part on its harms: no heading here is about that."),
    "unsuited": _(
        "A treatment needs a part on who it may not suit: no heading here is about that."
    ),
    "untreated": _(
        "A treatment needs a part on what happens without it: no heading here is about that."
    ),
    "daily": _("A treatment needs a part on daily life: no heading here is about that."),
}
_ONE_SIDED = _(
    "Its harms have %(harms)s words and what it offers has %(benefits)s: tell both in like depth."
)


def says_something(item, revision, referred):
    """Urgent signs, what is not known and what a picture leaves out are more than a dash. That
    they are there at all is asked of every complete text."""
    for name in MUST_SAY.get(type(item), ()):
        text = revision.text.get(name) or ""
        if text.strip() and _length(text) < FEWEST:
            message = quality.sentence(_SAYS_NOTHING, words=text.strip()[:60])
            yield quality.Finding("says-nothing", quality.BLOCKING, message, name)


def weighs_a_treatment(item, revision, referred):
    """A treatment is told from six sides, its harms as fully as its benefits."""
    if not isinstance(item, Topic) or _facts(revision).get("kind") != Topic.TREATMENT:
        return
    if not words(revision.language).known:
        return
    sides = _sides(revision.text.get("body") or "", revision.language)
    for side, message in SIDES.items():
        if side not in sides:
            yield quality.Finding(f"no-{side}", quality.ADVISORY, quality.sentence(message), "body")
    harms, benefits = sides.get("harms"), sides.get("benefits")
    if harms is not None and benefits is not None and harms < HALF * benefits:
        message = quality.sentence(_ONE_SIDED, harms=harms, benefits=benefits)
        yield quality.Finding("one-sided", quality.ADVISORY, message, "body")


def _facts(revision):
    """A translation has those of its original."""
    if revision.facts is None and revision.source_id:
        return revision.source.facts or {}
    return revision.facts or {}


def _sides(body, language):
    """Side to how many words the parts under its headings have."""
    known, found, here = words(language), {}, []
    for block in blocks.split(body):
        if block.kind == blocks.HEADING:
            heading = plain(block.text)
            here = [side for side in SIDES if known.say(f"aspects.{side}", heading)]
            for side in here:
                found.setdefault(side, 0)
        elif block.kind in blocks.TRANSLATED:
            for side in here:
                found[side] += _length(block.text)
    return found


def _length(text):
    return len(_WORD.findall(text))
