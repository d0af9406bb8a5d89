"""Terms in running text: the first mention in each section opens the definition.

The button opens a popover that stands once at the page's end, without a script; a browser that has
no popovers, and paper, show those definitions as a list.

What to do at a word's edge is decided by the script that a form is written in, never by the code
of a language.
"""

import re
from functools import cached_property, lru_cache

from django.db.models import Q
from django.utils.html import format_html

from review import languages, markdown, terms

from .models import Term

_CJK_LETTERS = r"\u3040-\u30ff\u3400-\u9fff"
_ARABIC_LETTERS = r"\u0621-\u064a"
_SIGNS = r"\u064b-\u0652\u0640"  # vowel signs and the stretching stroke
_EACH_SIGN = "".join(map(chr, range(0x64B, 0x653))) + "\u0640"  # for who knows no escapes
_PLAIN = re.compile(f"[{_SIGNS}]")
_CJK = re.compile(f"[{_CJK_LETTERS}]")
_ARABIC = re.compile(f"[{_ARABIC_LETTERS}]")
# What a text is read in: one Chinese or Japanese character, or a run of letters of one script.
_WORD = re.compile(
    f"[{_CJK_LETTERS}]|[{_ARABIC_LETTERS}{_SIGNS}]+|"
    rf"(?:(?![{_CJK_LETTERS}{_ARABIC_LETTERS}{_SIGNS}])\w)+"
)
# A Latin name may stand in Chinese text without a space, or right behind an Arabic particle.
_LATIN = rf"[^\W{_CJK_LETTERS}{_ARABIC_LETTERS}]"
# Signs that hold on to the word behind them, or to the one before them; French sets spaces between.
_OPENING = re.compile(r"[(\[（［【「『《〈“‘«¿¡\"']*[\u00a0\u202f]?\Z")
_CLOSING = re.compile(r"(?:[\u00a0\u202f]?[^\w\s(\[（［【「『《〈“‘«¿¡–—])*")
# Particles that Arabic writes as one word with what follows (and, so, by, like, for), the article.
_ARABIC_PREFIX = f"(?:[وفبكل][{_SIGNS}]*){{0,2}}(?:ا[{_SIGNS}]*ل[{_SIGNS}]*|ل[{_SIGNS}]*)?"


class Linker:
    """Finds terms in one language's text. ``forms`` maps each form to its term's key."""

    def __init__(self, forms):
        # By the first word of a form: one pattern of all forms would be tried at every letter.
        self._by_start = {}
        # The longest first, so that "KRAS G12C" is not taken for "KRAS".
        for form in sorted(forms, key=lambda form: (-len(form), form)):
            if first := _WORD.search(form):
                entry = re.compile(_form_pattern(form)), forms[form]
                self._by_start.setdefault(_plain(first[0]), []).append(entry)

    def find(self, text):
        """(start, end, key) of every mention, from left to right."""
        end = 0
        for word in _WORD.finditer(text):
            if word.start() < end:
                continue
            for pattern, key in self._candidates(word[0]):
                if match := pattern.match(text, word.start()):
                    end = match.end()
                    yield match.start(), end, key
                    break

    @lru_cache(maxsize=20_000)  # noqa: B019  (of all linkers: there is one for a language)
    def found(self, text):
        """The same as a tuple, looked for once in each text."""
        return tuple(self.find(text))

    def may_find(self, text):
        """Whether a form's first word stands there at all: quick for few forms in many texts."""
        plain = _PLAIN.sub("", text).casefold()
        return any(start in plain for start in self._by_start)

    def mentions(self, text):
        return any(True for _mention in self.find(text))

    def _candidates(self, word):
        plain = _plain(word)
        yield from self._by_start.get(plain, ())
        if _ARABIC.match(plain):
            # Particles and the article: the pattern says which of these beginnings are allowed.
            for length in range(1, min(5, len(plain))):
                yield from self._by_start.get(plain[length:], ())


@lru_cache(maxsize=50_000)  # a language's words come again and again
def _plain(word):
    return _PLAIN.sub("", word).casefold()


def _form_pattern(form):
    if _CJK.search(form):
        return re.escape(form)
    if _ARABIC.search(form):
        letters = "".join(
            re.escape(letter) + (f"[{_SIGNS}]*" if _ARABIC.match(letter) else "") for letter in form
        )
        return rf"(?<![\w{_SIGNS}]){_ARABIC_PREFIX}{letters}(?![\w{_SIGNS}])"
    # A name such as RAS is itself in capitals only; a word may begin a sentence.
    first, rest = form[0], re.escape(form[1:])
    if form[1:] == form[1:].lower():
        first = f"[{re.escape(first.lower())}{re.escape(first.upper())}]"
    return f"(?<!{_LATIN}){first if len(first) > 1 else re.escape(first)}{rest}(?!{_LATIN})"


def stands_in(column, form):
    """What the database asks of a column: true wherever ``Linker`` finds the form, and seldom else.
    The first letter of a form may be small or great, Arabic may bear signs."""
    if _ARABIC.search(form):
        return Q(**{f"{column}__regex": f"[{_EACH_SIGN}]*".join(map(re.escape, form))})
    return Q(**{f"{column}__contains": form if _CJK.search(form) else form[1:]})


def forms_of(text):
    """Every form under which a term appears: its name, abbreviation and aliases."""
    lines = [text.get("term"), text.get("abbreviation"), *(text.get("aliases") or "").splitlines()]
    return [line.strip() for line in lines if line and line.strip()]


class Glossary:
    """The terms of one language for all its pages, and how to find them in a text."""

    def __init__(self, terms):
        self.terms = {term.key: term for term in terms}
        self._linkers = {}
        for term in terms:
            term.word = markdown.render_line(term.text["term"])
            # Notes are left out: they stand with the whole entry, on the term's own page.
            term.meaning = markdown.render(term.text["definition"], cite=_nothing, draw=_nothing)

    def linker(self, language):
        """For the page's language, or for the source's, in which some of its sections may be."""
        if language not in self._linkers:
            forms = {}
            for term in self.terms.values():
                text = term.text if term.language == language else term.source_text
                # A term without a translation has no form in the translated sections of a page.
                if language in (term.language, languages.source()):
                    for form in forms_of(text):
                        forms.setdefault(form, term.key)
            self._linkers[language] = Linker(forms)
        return self._linkers[language]


class Words:
    """The glossary on one page: asked for when the first section needs it."""

    def __init__(self, door):
        self._door = door
        self._used = {}  # key -> term, in the order in which they are mentioned

    @cached_property
    def _glossary(self):
        return self._door(Term.objects.all()).remembered(Glossary)

    def section(self, item):
        """A function from running text to HTML that links each term once, but not to ``item``."""
        linker = self._glossary.linker(item.language)
        seen = {item.key} if isinstance(item, Term) else set()

        def words(text):
            html, end = [], 0
            for start, stop, key in linker.found(text):
                if key not in seen:
                    seen.add(key)
                    before, after = _OPENING.search(text, end, start), _CLOSING.match(text, stop)
                    html.append(markdown.plain_words(text[end : before.start()]))
                    html.append(self._link(key, before[0], text[start:stop], after[0]))
                    end = after.end()
            return markdown.joined([*html, markdown.plain_words(text[end:])])

        return words

    def _link(self, key, before, words, after):
        self._used[key] = self._glossary.terms[key]
        button = format_html(
            '<button type="button" class="term" popovertarget="word-{}">{}</button>', key, words
        )
        if not before and not after:
            return button
        # To a browser a button is a box, before and after which a line may end, whatever stands
        # there: a full stop would begin the next line.
        signs = markdown.plain_words(before), button, markdown.plain_words(after)
        return format_html('<span class="held">{}{}{}</span>', *signs)

    def used(self):
        """The terms that were linked, each with ``word`` and ``meaning`` as HTML."""
        return list(self._used.values())


def _nothing(*names):
    return ""


def finder(language):
    """A function from a source text to the terms in it that are signed in that language, each
    once: one query."""
    known = {term.key: term for term in Term.objects.signed(language)}
    forms = {}
    for term in known.values():
        for form in forms_of(term.source_text):
            forms.setdefault(form, term.key)
    linker = Linker(forms)

    def found(text):
        mentions = {}
        for start, end, key in linker.find(text):
            mentions.setdefault(key, text[start:end])
        return [terms.Term(words, known[key].text["term"], key) for key, words in mentions.items()]

    return found


def known(language):
    """The signed terms with their forms in both languages: one query."""
    return [
        (
            (Term._meta.label_lower, term.key),
            tuple(forms_of(term.source_text)),
            tuple(forms_of(term.text)),
        )
        for term in Term.objects.signed(language)
    ]
