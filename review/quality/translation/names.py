"""Genes, drugs, markers and codes of a passage, whatever form a language gives them."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from .folding import fold

_TABLE = Path(__file__).parent / "names.toml"
# A trial, a vitamin, a tumour stage: capital letters with a number, alike in every language.
_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Za-z]*-?\d+[A-Za-z0-9]*(?![A-Za-z0-9])")
_NO_CODE = re.compile(r"(?:COVID-?19|SARS.*|[IVX]+\d*|[A-Z][a-z]+-?\d+|CO2|H2O|O2|H2|T\d|N\d|M\d)$")
_DRUG = re.compile(
    r"(?<![a-z])[a-z]{3,}(?:mab|n[iy]b|rasib|ciclib|parib|platin|citabine|tecan|taxel|cept|rubicin"
    r"|azole|statin|cillin|mycin|floxacin|setron|pril|sartan|dipine|xaban|gliptin|glutide|azepam"
    r"|oxetine|triptyline)(?![a-z])"
)


@lru_cache(maxsize=1)
def _forms():
    """[(folded form in small letters, its name)], and the stems of drugs."""
    forms, stems = {}, {}
    for group, names in tomllib.loads(_TABLE.read_text("utf-8")).items():
        for name, spellings in names.items():
            for form in (name, *(each for some in spellings.values() for each in some)):
                forms[fold(form).lower()] = name
                if group == "drugs" and form.isascii() and form.isalpha() and len(form) > 6:
                    stems[fold(form).lower()[: max(6, len(form) - 3)]] = name
    return forms, stems


@lru_cache(maxsize=2)
def _pattern(flags):
    forms, stems = _forms()
    latin = sorted((each for each in forms if each.isascii()), key=len, reverse=True)
    other = sorted((each for each in forms if not each.isascii()), key=len, reverse=True)
    accented = [each for each in other if re.search("[a-z]", each)]
    scripts = [each for each in other if each not in accented]
    ends = "|".join(re.escape(each) for each in sorted(stems, key=len, reverse=True))
    names = "|".join(re.escape(each) for each in [*accented, *latin])
    return re.compile(
        rf"(?<![A-Za-z0-9])(?:(?P<name>{names})(?![A-Za-z0-9])|(?P<stem>{ends})[a-z]{{0,5}}(?![A-Za-z0-9]))"
        rf"|(?P<script>{'|'.join(map(re.escape, scripts))})",
        flags,
    )


@lru_cache(maxsize=4000)
def found(text):
    """{name: the form it stands in} and the folded text with these names blanked out; kept, so
    nobody changes it."""
    text = fold(text)
    names = {}
    forms, stems = _forms()

    def take(match, words):
        form = words.lower()
        name = forms.get(form) or stems.get((match["stem"] or "").lower())
        names.setdefault(name, words)
        return "¤" * len(words)

    def code(match):
        if not _NO_CODE.match(match[0]):
            names.setdefault(match[0].upper().replace("-", ""), match[0])
        return "¤" * len(match[0])

    return names, _CODE.sub(code, _taken(text, take))


def _taken(text, take):
    """The text with every name blanked out. Small letters are found several times faster."""
    small = text.lower()
    if len(small) != len(text):
        return _pattern(re.IGNORECASE).sub(lambda match: take(match, match[0]), text)
    parts, end = [], 0
    for match in _pattern(0).finditer(small):
        parts += [text[end : match.start()], take(match, text[slice(*match.span())])]
        end = match.end()
    return "".join([*parts, text[end:]])


def unlisted_drugs(text):
    """Stems of words that end as a drug's name does and are in no list."""
    _names, left = found(text)
    return {
        match[0].lower()[: max(5, len(match[0]) - 3)]: match[0] for match in _DRUG.finditer(left)
    }


@lru_cache(maxsize=1)
def _drugs():
    table = tomllib.loads(_TABLE.read_text("utf-8"))
    return frozenset(table["drugs"]) | frozenset(table["regimens"])


def is_drug(name):
    """Whether a name that was found is a drug's or a regimen's, and no gene's or marker's."""
    return name in _drugs()


def known(form):
    """The name a glossary's or an item's form stands for, or None."""
    return _forms()[0].get(fold(form).lower())
