"""One item in one language as a Markdown file with YAML front matter: reading and writing.

    content/<model>/<key>.<language>.md

    ---
    slug: why-the-liver          structure and facts, in the source language's file only
    translates: 3f0c…            in a translation: fingerprint of the source text it was made from
    origin: machine              only if a machine made the text
    title: Why the liver?        one-line texts
    ---

    # body                       a Markdown text, under a heading that names its field

    Blood from the bowel …

Every value is read as text, so that YAML's own ideas of dates and truth change nothing.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from . import languages
from .content import content_models
from .fields import Line
from .models import Revision, valid_key

FENCE = "---"
_SECTION = re.compile(r"^# ([a-z_]+)\s*$")
_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where libyaml is there
TRANSLATES, ORIGIN = "translates", "origin"


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong in a file, where, and what to change."""

    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


class Refused(Exception):
    """Files that cannot be imported; ``problems`` says why, one by one."""

    def __init__(self, problems):
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass
class ContentFile:
    path: str
    model: type
    key: str
    language: str
    structure: dict = field(default_factory=dict)
    facts: dict = field(default_factory=dict)
    text: dict = field(default_factory=dict)
    origin: str = Revision.Origin.IMPORT
    translates: str = ""
    lines: dict = field(default_factory=dict)  # field name -> line of the file where it begins

    def problem(self, name, message, line_in_field=1):
        start = self.lines.get(name, 1)
        return Problem(self.path, start + max(line_in_field, 1) - 1, message)


def model_named(name):
    return {model._meta.model_name: model for model in content_models()}.get(name)


def place(model, key, language):
    """The path of an item's file below the content directory."""
    return Path(model._meta.model_name) / f"{key}.{language}.md"


def read(directory, path):
    """Parse one file; raises Refused. ``path`` is relative to the directory."""
    shown = str(path)
    found = _from_path(path)
    if isinstance(found, str):
        raise Refused([Problem(shown, 1, found)])
    content = ContentFile(shown, *found)
    data = (Path(directory) / path).read_bytes()
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = "This is not UTF-8 text. Save the file with the encoding UTF-8."
        raise Refused([Problem(shown, line, message)]) from None
    front, body, body_line = _split(shown, text)
    problems = [*_read_front(content, front), *_read_sections(content, body, body_line)]
    if problems:
        raise Refused(problems)
    return content


def _from_path(path):
    """(model, key, language), or a sentence that says what is wrong with the name."""
    names = [model._meta.model_name for model in content_models()]
    if len(path.parts) != 2:
        return "A file lies in a folder named after its kind, as topic/why-the-liver.en.md."
    model = model_named(path.parts[0])
    if model is None:
        return f"There is no kind “{path.parts[0]}”. Known are: {', '.join(sorted(names))}."
    parts = path.name.removesuffix(".md").split(".")
    if len(parts) != 2:
        return "A file is named key.language.md, as why-the-liver.en.md."
    key, language = parts
    if not valid_key.regex.fullmatch(key):
        return f"“{key}” is no key: use small letters, digits and single hyphens."
    if language not in languages.codes():
        return f"“{language}” is no language here. Known are: {', '.join(languages.codes())}."
    return model, key, language


def _split(path, text):
    """Front matter, the rest, and the file's line at which the rest begins."""
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        raise Refused(
            [Problem(path, 1, "The file must begin with front matter between two “---”.")]
        )
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == FENCE:
            return "\n".join(lines[1:number]), lines[number + 1 :], number + 2
    raise Refused([Problem(path, 1, "The front matter has no end: add a line “---” below it.")])


def _read_front(content, front):
    """Fill structure, facts and one-line texts; yield problems."""
    try:
        node = _composed(front)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "not readable"
        yield Problem(
            content.path,
            (mark.line if mark else 0) + 2,
            f"The front matter is not YAML ({what}). Quote values that hold “: ” or begin with a "
            "special character.",
        )
        return
    if node is None:
        return
    events = yaml.parse(front, Loader=yaml.SafeLoader) if "*" in front else ()
    aliases = [event for event in events if isinstance(event, yaml.AliasEvent)]
    if aliases:
        line = aliases[0].start_mark.line + 2
        yield Problem(content.path, line, "“*name” refers to another value here: write it out.")
        return
    if not isinstance(node, yaml.MappingNode):
        yield Problem(content.path, 2, "The front matter is a list of “name: value” lines.")
        return
    model, is_source = content.model, content.language == languages.source()
    seen = set()
    for key_node, value_node in node.value:
        name, line = key_node.value, key_node.start_mark.line + 2
        if not isinstance(name, str) or name in seen:
            yield Problem(content.path, line, f"“{name}” stands here twice: keep one.")
            continue
        seen.add(name)
        content.lines[name] = line
        value = _plain(value_node)
        problem = None
        if name in model.structure_fields or name in model.fact_fields:
            if not is_source:
                problem = (
                    f"“{name}” stands in the {languages.source()} file only: take it out here."
                )
            elif name in model.fact_fields:
                content.facts[name] = value
            else:
                content.structure[name] = value
        elif name == TRANSLATES and not is_source and isinstance(value, str):
            content.translates = value
        elif name == ORIGIN:
            if value in Revision.Origin.values:
                content.origin = value
            else:
                problem = f"“{value}” is no origin. Known are: {', '.join(Revision.Origin.values)}."
        elif name not in model.text_fields:
            problem = f"There is no field “{name}” here. Known are: {', '.join(_known(model))}."
        elif not isinstance(model._meta.get_field(name), Line):
            problem = f"“{name}” is a longer text: write it below, under a line “# {name}”."
        elif not isinstance(value, str):
            problem = f"“{name}” is one line of text, not a list."
        else:
            content.text[name] = value
        if problem:
            yield Problem(content.path, line, problem)


def _composed(front):
    try:
        return yaml.compose(front, Loader=_FAST)
    except yaml.YAMLError:
        return yaml.compose(front, Loader=yaml.SafeLoader)  # which says better what is wrong


def _plain(node):
    """A YAML node as strings and lists of strings, whatever it looks like."""
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    if isinstance(node, yaml.MappingNode):
        return {str(_plain(key)): _plain(value) for key, value in node.value}
    return node.value


def _known(model):
    return [*model.structure_fields, *model.fact_fields, ORIGIN, *model.text_fields]


def _read_sections(content, lines, first_line):
    """Fill the longer texts; yield problems."""
    name, collected = None, {}
    for number, line in enumerate(lines, start=first_line):
        marker = _SECTION.match(line)
        if marker:
            name = marker[1]
            if name in collected:
                yield Problem(content.path, number, f"“# {name}” stands here twice: keep one.")
            elif name not in content.model.text_fields:
                known = ", ".join(content.model.text_fields) or "none"
                yield Problem(
                    content.path, number, f"There is no text “{name}” here. Known are: {known}."
                )
            elif isinstance(content.model._meta.get_field(name), Line):
                message = f"“{name}” is one line: write it above, in the front matter."
                yield Problem(content.path, number, message)
            collected[name] = []
            # The text begins after the blank line below its marker.
            content.lines[name] = number + 2
        elif name is not None:
            collected[name].append(line)
        elif line.strip():
            yield Problem(content.path, number, "Text before the first “# field” line: name it.")
            name = ""
            collected[name] = []
    for name, text_lines in collected.items():
        if name in content.model.text_fields:
            blank = next((i for i, each in enumerate(text_lines) if each.strip()), 0)
            content.lines[name] += blank - 1
            content.text[name] = "\n".join(text_lines).strip()


def write(model, language, *, text, structure=None, facts=None, translates="", origin=""):
    """The same as a file's text. Reading it back gives the same values, byte for byte."""
    front = {}
    if language == languages.source():
        front.update(structure or {})
        front.update({name: facts[name] for name in model.fact_fields if name in (facts or {})})
    elif translates:
        front[TRANSLATES] = translates
    if origin == Revision.Origin.MACHINE:
        front[ORIGIN] = str(origin)
    sections = []
    for name in model.text_fields:
        value = text.get(name) or ""
        if not value:
            continue
        if isinstance(model._meta.get_field(name), Line):
            front[name] = value
        else:
            sections.append(f"\n# {name}\n\n{value}\n")
    dumped = "".join(
        yaml.safe_dump({name: value}, allow_unicode=True, width=float("inf"), sort_keys=False)
        for name, value in front.items()
    )
    return f"{FENCE}\n{dumped}{FENCE}\n" + "".join(sections)
