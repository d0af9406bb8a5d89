"""manage.py check_text: what the checks find in one Markdown text, without an item."""

import json
import re
import sys
from bisect import bisect_right
from pathlib import Path

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import override

from review import quality, terms
from review.content import content_models
from review.fields import Line
from review.files import FENCE
from review.quality import plain, texts
from review.quality.translation import code

LONGEST = 1_000_000  # bytes
_SECTION = re.compile(r"^# ([a-z_]+)[ \t]*$", re.MULTILINE)
_VALUE = re.compile(r"^([a-z_]+):[ \t]+(?:\"(.*)\"|'(.*)'|(.*?))[ \t]*$", re.MULTILINE)


class Command(BaseCommand):
    help = (
        "Check one Markdown text, or one content file: plain language, evidence, numbers. Exit 1 "
        "on a finding that stops a text, 2 on wrong use."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", help="the text, Markdown in UTF-8")
        parser.add_argument("--language", help="the text's language: en, es, fr, ar, zh-hans …")
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, **options):
        language = _language(options["language"])
        markdown = _read(options["file"])
        text, starts = _text(markdown, language)
        # A command answers in the source language, whatever the text is in.
        with override(settings.LANGUAGE_CODE):
            lines = [0, *(each.end() for each in re.finditer("\n", markdown))]
            found = [_as_data(each, starts, lines) for each in texts.findings(text)]
            scores = [_score(each) for each in plain.measured(text)]
            if options["json"]:
                answer = {"language": language, "scores": scores, "findings": found}
                self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
            else:
                self._say(found, scores, language)
        if any(each["severity"] == quality.BLOCKING for each in found):
            sys.exit(1)

    def _say(self, found, scores, language):
        for each in scores:
            self.stdout.write(
                f"{each['formula']}: {each['value']} ({each['raw']} with every word in full; "
                f"aim {each['target']}, stop {each['stop']})"
            )
        if not scores:
            self.stdout.write(_unmeasured(language))
        for each in found:
            where = f"line {each['line']}" if each["line"] else "the whole text"
            self.stdout.write(f"{each['severity']} ({where}, {each['id']}): {each['message']}")
        if not found:
            self.stdout.write("No findings.")


def _unmeasured(language):
    if code(language) in plain.SCALES:
        return f"No score: a formula needs {plain.FEWEST} words."
    return "No score: this language has no dependable formula; its sentences and words are checked."


def _wrong(sentence):
    return CommandError(sentence, returncode=2)


def _language(language):
    shipped = ", ".join(each for each, _name in settings.LANGUAGES)
    if not language:
        raise _wrong(f"Say the text's language: --language {shipped} or another.")
    known = {code(each) for each in LANG_INFO} | {code(each) for each, _name in settings.LANGUAGES}
    if code(language) not in known:
        raise _wrong(f"“{language}” is no language that is known here: write {shipped} or another.")
    return language


def _read(path):
    """The text as it stands, so that places fit the file: only a mark of UTF-8 at its beginning
    is put in a blank's place."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _wrong(f"{path} cannot be read: {reason}.") from None
    if len(data) > LONGEST:
        raise _wrong(f"{path} has more than {LONGEST:,} bytes: check it in parts.")
    if b"\0" in data:
        raise _wrong(f"{path} is no text: give a Markdown file in UTF-8.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _wrong(f"{path} is not text in UTF-8: save it as UTF-8.") from None
    text = text.replace("\ufeff", " ", 1) if text.startswith("\ufeff") else text
    if not text.strip():
        raise _wrong(f"{path} is empty: there is nothing to check.")
    return text.replace("\r\n", " \n").replace("\r", "\n")


def _text(markdown, language):
    """(Text, field's name to its place in the file)."""
    cut = list(_prose(markdown)) if markdown.lstrip().startswith(FENCE) else []
    cut = cut or [("", 0, markdown, False)]
    fields = tuple(texts.Field(name, words, line) for name, _at, words, line in cut)
    own = {name: words for name, _at, words, _line in _values(markdown)}
    known = _known(language) | (
        terms.own(terms.registered().item_type, own) if "term" in own else set()
    )
    return texts.Text(fields, language, frozenset(known)), {name: at for name, at, *_rest in cut}


def _known(language):
    """The glossary of the site's database; a checkout without one has none."""
    shipped = {code(each): each for each, _name in settings.LANGUAGES}
    try:
        return (
            terms.explained(shipped.get(code(language), language))
            if code(language) in shipped
            else frozenset()
        )
    except DatabaseError:
        return frozenset()


def _prose(markdown):
    """The parts of a content file that readers get as running text."""
    lines, local = {}, set()
    for model in content_models():
        local |= set(model.local_fields)
        for name in model.text_fields:
            lines[name] = isinstance(model._meta.get_field(name), Line)
    for name, at, words, in_front in _values(markdown):
        if name in lines and name not in local and words.strip():
            yield name, at, words, in_front and lines[name]


def _values(markdown):
    """(name, place, words, whether it stands before the sections) of each part of a file."""
    first = markdown.index(FENCE) + len(FENCE) if FENCE in markdown else 0
    second = markdown.find("\n" + FENCE, first)
    if second < 0:
        return
    for match in _VALUE.finditer(markdown, first, second):
        group = next(number for number in (2, 3, 4) if match[number] is not None)
        yield match[1], match.start(group), match[group], True
    heads = list(_SECTION.finditer(markdown, second))
    ends = [*(each.start() for each in heads[1:]), len(markdown)]
    for head, end in zip(heads, ends, strict=False):
        yield head[1], head.end(), markdown[head.end() : end], False


def _as_data(finding, starts, lines):
    at = starts.get(finding.field, 0)
    placed = finding.start is not None
    start, end = (at + finding.start, at + finding.end) if placed else (None, None)
    return {
        "id": finding.id,
        "severity": finding.severity,
        "message": str(finding.message),
        "field": finding.field,
        "block": finding.block,
        "line": bisect_right(lines, start) if placed else None,
        "start": start,
        "end": end,
    }


def _score(score):
    return {
        "formula": str(score.scale.label),
        "value": round(score.value, 1),
        "raw": round(score.raw, 1),
        "target": score.scale.target,
        "stop": score.scale.stop,
    }
