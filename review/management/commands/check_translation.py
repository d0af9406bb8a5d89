"""manage.py check_translation: what differs between a translation and its original. No database."""

import json
import re
import sys
from pathlib import Path

import yaml
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.core.management.base import BaseCommand, CommandError

from review import languages, quality, terms
from review.files import FENCE, ORIGIN, TRANSLATES
from review.quality.translation import code, compare

_SECTION = re.compile(r"^# ([a-z_]+)[ \t]*$", re.MULTILINE)
_NOT_COMPARED = {ORIGIN, TRANSLATES, "aliases", "slug", "guide", "position", "pronunciation"}


class Command(BaseCommand):
    help = (
        "Compare a translation with its original: numbers, negations, names, links, citations. "
        "Exit 1 on a finding that stops a text, 2 on wrong use."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--source", metavar="FILE", help="the original, Markdown")
        parser.add_argument("--target", metavar="FILE", help="the translation, Markdown")
        parser.add_argument("--language", help="the translation's language: es, fr, ar, zh-hans …")
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")
        parser.add_argument(
            "--pairs",
            metavar="FILE.jsonl",
            help="an object a line with id, language, source and target; prints one a line",
        )
        parser.add_argument(
            "--glossary",
            metavar="FOLDER",
            help="a folder of terms as content files (content/term): tells which are not used",
        )

    def handle(self, **options):
        if options["pairs"]:
            if options["source"] or options["target"]:
                raise _wrong("Give either --pairs or --source and --target, not both.")
            return self._pairs(options["pairs"], options["glossary"])
        for name in ("source", "target", "language"):
            if not options[name]:
                raise _wrong(f"--{name} is missing: say --source FILE --target FILE --language es.")
        language = _language(options["language"])
        source, target = _read(options["source"]), _read(options["target"])
        if not source.strip():
            raise _wrong(f"{options['source']} is empty: there is nothing to compare with.")
        known = _glossary(options["glossary"], language)
        found = _compare_files(source, target, language, known)
        if options["json"]:
            self.stdout.write(json.dumps({"findings": found}, ensure_ascii=False, indent=2))
        else:
            self._say(found)
        if any(each["severity"] == quality.BLOCKING for each in found):
            sys.exit(1)

    def _say(self, found):
        for each in found:
            place = [each["field"]] if each["field"] else []
            place += [f"block {each['block'] + 1}"] if each["block"] is not None else []
            where = f" ({', '.join(place)})" if place else ""
            self.stdout.write(f"{each['severity']}{where}: {each['message']}")
        if not found:
            self.stdout.write("No findings.")

    def _pairs(self, path, glossary):
        pairs = [
            _pair(line, f"{path}, line {number}")
            for number, line in enumerate(_read(path).split("\n"), start=1)
            if line.strip()
        ]
        if not pairs:
            raise _wrong(f"{path} has no pairs: write one object a line.")
        known = {each: _glossary(glossary, each) for each in {pair["language"] for pair in pairs}}
        for pair in pairs:
            language = pair["language"]
            found = compare(pair["source"], pair["target"], language, terms=known[language])
            answer = {"id": pair["id"], "findings": [_as_data(each) for each in found]}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))


def _wrong(sentence):
    return CommandError(sentence, returncode=2)


def _read(path):
    try:
        return Path(path).read_text("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise _wrong(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise _wrong(f"{path} is not text in UTF-8: save it as UTF-8.") from None


def _language(language):
    known = {code(each) for each in LANG_INFO} | {code(each) for each, _name in settings.LANGUAGES}
    if not isinstance(language, str) or code(language) not in known:
        shipped = ", ".join(each for each, _name in settings.LANGUAGES)
        raise _wrong(f"“{language}” is no language that is known here: write {shipped} or another.")
    return language


def _pair(line, place):
    try:
        pair = json.loads(line)
        json.dumps(pair, ensure_ascii=False).encode()  # half a character cannot be printed
    except UnicodeEncodeError:
        raise _wrong(f"{place} has a character that is no text (half of a pair).") from None
    except (ValueError, RecursionError) as error:
        raise _wrong(f"{place} is not JSON: {error}.") from None
    if not isinstance(pair, dict):
        raise _wrong(f"{place} is not an object with id, language, source and target.")
    if "id" not in pair:
        raise _wrong(f"{place} has no “id”.")
    for name in ("language", "source", "target"):
        if not isinstance(pair.get(name), str):
            raise _wrong(f"{place} has no “{name}”: it must be a text.")
    try:
        _language(pair["language"])
    except CommandError as error:
        raise _wrong(f"{place}: {error}") from None
    return pair


def _as_data(finding):
    return {
        "id": finding.id,
        "severity": finding.severity,
        "message": str(finding.message),
        "field": finding.field,
        "block": finding.block,
    }


def _glossary(folder, language):
    """[(a term's forms in the source language, those in the language)] of a folder's files."""
    if folder is None:
        return []
    if not Path(folder).is_dir():
        raise _wrong(
            f"{folder} is no folder: name one with a content file a term, as content/term."
        )
    mine = next((each for each, _n in settings.LANGUAGES if code(each) == code(language)), language)
    found = []
    for path in sorted(Path(folder).glob(f"*.{languages.source()}.md")):
        other = path.with_name(path.name.removesuffix(f"{languages.source()}.md") + f"{mine}.md")
        if other.is_file():
            texts = (_everything(_read(each)) for each in (path, other))
            found.append(tuple(tuple(terms.forms(text)) for text in texts))
    if not found:
        raise _wrong(f"{folder} has no term in “{language}”: look for files as word.{mine}.md.")
    return found


def _compare_files(source, target, language, known):
    """Two Markdown texts; or two content files, field by field."""
    if not (source.startswith(FENCE + "\n") and target.startswith(FENCE + "\n")):
        return [_as_data(each) for each in compare(source, target, language, terms=known)]
    originals, translations = _fields(source), _fields(target)
    return [
        _as_data(each)
        for name, text in originals.items()
        if name in translations or name in _sections(source)
        for each in compare(text, translations.get(name, ""), language, field=name, terms=known)
    ]


def _sections(text):
    return set(_SECTION.findall(text)) - _NOT_COMPARED


def _fields(text):
    """The texts of a content file that are compared, by name."""
    return {n: value for n, value in _everything(text).items() if n not in _NOT_COMPARED}


def _everything(text):
    _before, front, body = (
        text.split(FENCE + "\n", 2) if text.count(FENCE + "\n") > 1 else ("", "", text)
    )
    try:
        values = yaml.load(front, Loader=yaml.BaseLoader) or {}  # noqa: S506  (texts only)
    except yaml.YAMLError:
        values = {}
    fields = {name: value for name, value in values.items() if isinstance(value, str)}
    parts = _SECTION.split(body)
    return fields | dict(zip(parts[1::2], map(str.strip, parts[2::2]), strict=True))
