"""What the tests and the bench of plain language measure: word lists, and the starter content."""

from collections import defaultdict
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from glossary.linking import forms_of
from review import blocks
from review.content import content_models
from review.fields import Line
from review.files import FENCE
from review.management.commands.check_text import _values
from review.quality import evidence, texts
from review.quality.evidence import passages as claims
from review.quality.plain import passages, rules, scores
from review.quality.plain.syllables import count
from review.quality.translation.reading import passage

SYLLABLES = ("en", "es", "fr")
LANGUAGES = ("en", "es", "fr", "ar", "zh-hans")
LONG = 3000  # words of a long guide
_CACHES = (
    blocks._split,
    evidence._found,
    claims.passages,
    claims._sentences,
    passage,
    passages.passages,
    passages._piece,
    rules._jargon,
    rules._of_piece,
    rules._passive,
    scores._of_piece,
    count,
)


def syllables(language):
    """[(word, its syllables)], counted by hand from dictionaries' division of words."""
    path = Path(__file__).parent / "syllables" / f"{language}.tsv"
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    return [(word, int(number)) for word, number in rows]


def miscounted(language):
    words = ((word, right, count(word, language)) for word, right in syllables(language))
    return [each for each in words if each[1] != each[2]]


def forget():
    for each in _CACHES:
        each.cache_clear()


@lru_cache
def content():
    """{(type, key, language): Text} of the starter content, its glossary known."""
    models = {model._meta.model_name: model for model in content_models()}
    read, known = {}, defaultdict(set)
    for path in sorted((settings.BASE_DIR / "content").glob("*/*.md")):
        key, language, _suffix = path.name.split(".")
        markdown = path.read_text("utf-8")
        assert markdown.startswith(FENCE)
        values = {name: words.strip() for name, _at, words, _front in _values(markdown)}
        read[path.parent.name, key, language] = values
        if path.parent.name == "term":
            known[language] |= set(forms_of(values))
    return {
        at: texts.Text(tuple(_fields(models[at[0]], values)), at[2], frozenset(known[at[2]]))
        for at, values in read.items()
    }


def _fields(model, values):
    for name in model.text_fields:
        if values.get(name) and name not in model.local_fields:
            yield texts.Field(name, values[name], isinstance(model._meta.get_field(name), Line))


def size(text):
    return sum(
        passage.piece.words
        for field in text.fields
        for passage in passages.passages(field.markdown, text.language, field.line)
    )


def long_text(language):
    """Topics of the starter content as one text of at least LONG words."""
    bodies, words = [], 0
    for (kind, _key, code), text in content().items():
        if kind == "topic" and code == language and words < LONG * (2 if code[:2] == "zh" else 1):
            bodies += [field.markdown for field in text.fields if not field.line]
            words += size(text)
    return texts.Text((texts.Field("body", "\n\n".join(bodies)),), language, text.known)
