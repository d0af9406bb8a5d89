"""One language's index on disk: its schema, and how it is opened, written and replaced.

It holds words of signed text and names of items, never anything to be shown. It is derived from the
ledger, and says up to which line: a directory may be deleted at any time.
"""

import fcntl
import json
import os
import shutil
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import tantivy
from django.conf import settings

VERSION = 1  # of the schema and of how words are read: another one is another index
STATE = "ledger"  # the id of the document that says how far the index has come
_HEAP = 32_000_000


class Damaged(Exception):
    """The index cannot be read; it must be made anew."""


def _schema():
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("title", "text", "words"):
        builder.add_text_field(name, tokenizer_name="whitespace")
    for name in ("surface", "exact", "forms", "draws"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("stored", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


SCHEMA = _schema()


def root():
    return Path(settings.SEARCH_ROOT)


def directory(language):
    return root() / language


@contextmanager
def only_writer(language):
    """Whether this is the one that writes a language's index on this machine; nobody waits. The
    lock ends with the process that holds it."""
    root().mkdir(parents=True, exist_ok=True)
    with open(root() / f"{language}.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def reading():
    """Whatever tantivy makes of a broken file becomes ``Damaged``; a panic is no Exception."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        raise Damaged(f"{type(error).__name__}: {error}") from error


class Index:
    """An open index. ``state`` is the ledger's line up to which it holds what is signed."""

    def __init__(self, place):
        self.place = Path(place)
        with reading():
            self._inode = os.stat(self.place).st_ino
            self._index = tantivy.Index.open(str(self.place))
            self._register()
            self.refresh()

    @classmethod
    def made(cls, place):
        """A new, empty one."""
        Path(place).mkdir(parents=True)
        tantivy.Index(SCHEMA, path=str(place))
        self = cls.__new__(cls)
        self.place, self._inode = Path(place), os.stat(place).st_ino
        self._index = tantivy.Index.open(str(place))
        self._register()
        return self

    def _register(self):
        plain = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("whitespace", plain)
        self._index.config_reader("manual")

    def refresh(self):
        """See what others have written; ``Damaged`` where that cannot be read."""
        with reading():
            self._index.reload()
            self.searcher = self._index.searcher()
            self.vocabulary = None  # of this state; made by whoever asks first
            told = json.loads(self.document(STATE))
            if told["version"] != VERSION:
                raise ValueError("made by another version")
            self.state = tuple(told["state"])

    def replaced(self):
        """Whether another directory stands in this one's place by now."""
        try:
            return os.stat(self.place).st_ino != self._inode
        except OSError:
            return True

    def document(self, name):
        """What is stored with an item: its forms, as JSON."""
        found = self.searcher.search(term("id", name), limit=1, count=False).hits
        return self.searcher.doc(found[0][1])["stored"][0]

    def holds(self, name):
        return self.searcher.doc_freq("id", name) > 0

    def drawing(self, names, limit=1000):
        """Ids of the items whose texts draw one of these records."""
        query = tantivy.Query.term_set_query(SCHEMA, "draws", sorted(names))
        found = self.searcher.search(query, limit=limit, count=False).hits
        return [self.searcher.doc(address)["id"][0] for _score, address in found]

    def write(self, documents, state, gone=()):
        """Put documents in the place of those with their names, and take ``gone`` out, at once."""
        with reading():
            writer = self._index.writer(heap_size=_HEAP, num_threads=1)
            for name in gone:
                writer.delete_documents_by_term("id", name)
        told = json.dumps({"version": VERSION, "state": state})
        for fields in chain(documents, [{"id": STATE, "stored": told}]):
            with reading():
                writer.delete_documents_by_term("id", fields["id"])
                writer.add_document(tantivy.Document(**fields))
        with reading():
            writer.commit()
            writer.wait_merging_threads()
        self.refresh()


def put_in_place(new, language):
    """A finished directory becomes a language's index; whoever reads the old one may go on."""
    old = root() / f".{language}.old"
    shutil.rmtree(old, ignore_errors=True)
    if directory(language).exists():
        os.rename(directory(language), old)
    os.rename(new, directory(language))
    shutil.rmtree(old, ignore_errors=True)


def term(field, value):
    return tantivy.Query.term_query(SCHEMA, field, value)
