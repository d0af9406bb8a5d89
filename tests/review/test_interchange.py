"""Texts go out to translators' tools and come back as drafts, block by block, or not at all."""

import gzip
import io
import zipfile

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as some
from lxml import etree

from review import blocks, workflow
from review.interchange import exporting, importing, inline, intake, stores, units
from review.models import Delivery, LedgerEntry, ParkedUnit, Revision, RevisionAuthor
from tests import factories as f
from tests.review import records

BODY = """Blood flows [to the liver](https://example.org/liver) [@a-study].

## What is seen

- First item
- Second item

| Drug | Dose |
|---|---|
| One | 5 mg |

Last words."""
SPANISH = {
    "Blood flows [to the liver](https://example.org/liver) [@a-study].": (
        "La sangre va [al hígado](https://example.org/liver) [@a-study]."
    ),
    "What is seen": "Lo que se ve",
    "First item": "Primero",
    "Second item": "Segundo",
    "Last words.": "Últimas palabras.",
}


@pytest.fixture
def topic(people):
    """Public in English, with every kind of block; not yet in Spanish."""
    f.make_public(people, f.make_source(key="a-study"))
    topic = f.make_topic(key="a-topic")
    f.make_public(people, topic, text=records.text("A title", body=BODY))
    return topic


def exported(topic, kind="xliff2", language="es"):
    return exporting.export([(topic.item_type, topic.key)], language, kind).data


def translated(data, texts, kind="xliff2"):
    """The file with other targets, as a translator's tool writes it."""
    _source, _spoken, found = intake.read(data.decode())
    for unit in found:
        unit.target = texts.get(unit.source, unit.target)
    return stores.FORMATS[kind].write(found, "es", {})


def take(people, data, language="es", **more):
    return importing.import_file(data, language, by=people.translator, **more)


def draft(topic, language="es"):
    return workflow.newest_revision(topic, language)


def written():
    return records.everything(Revision, RevisionAuthor, LedgerEntry, Delivery, ParkedUnit)


def told(report):
    return {each.unit.source: (each.what, each.why) for each in report.done}


# -- There and back --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", stores.FORMATS)
def test_a_file_comes_back_as_a_draft_made_from_the_signed_original(people, topic, kind):
    everything = {**SPANISH, "A title": "Un título", "Text of answer.": "Respuesta."}
    everything |= {"Drug": "Fármaco", "Dose": "Dosis", "One": "Uno", "5 mg": "5 mg."}
    data = translated(exported(topic, kind), everything, kind)

    report = take(people, data, name="texts.xlf")

    made = draft(topic)
    assert (made.state, made.origin) == ("draft", "import")
    assert made.source == draft(topic, "en")
    assert made.text["title"] == "Un título"
    assert "- Primero\n- Segundo" in made.text["body"]
    assert "[al hígado](https://example.org/liver) [@a-study]." in made.text["body"]
    assert blocks.shape(blocks.split(made.text["body"])) == blocks.shape(blocks.split(BODY))
    assert report.counts == {"taken": 11}
    assert report.waiting == {}
    assert not topic.sign_off_id_in("es")

    again = take(people, exported(topic, kind))

    assert again.counts == {"unchanged": 11}
    assert draft(topic).pk == made.pk
    assert Delivery.objects.count() == 1


def test_what_is_not_translated_yet_keeps_the_originals_words_and_is_told(people, topic):
    report = take(people, translated(exported(topic), SPANISH))

    assert "| One | 5 mg |" in draft(topic).text["body"]
    assert draft(topic).text["title"] == ""
    assert report.counts == {"taken": 5, "empty": 6}
    assert report.waiting == {topic.item: 6}
    again = intake.read(exported(topic).decode())[2]
    assert {u.source: u.target for u in again if not u.target}.keys() == {
        *("A title", "Text of answer.", "Drug", "Dose", "One", "5 mg"),
    }


@pytest.mark.parametrize("kind", stores.FORMATS)
def test_a_file_says_what_it_was_made_from_and_protects_what_must_come_back(people, topic, kind):
    data = exported(topic, kind).decode()

    assert draft(topic, "en").fingerprints in data
    assert "topic “A title” › text › heading" in data
    if kind != "po":
        root = etree.fromstring(data.encode())
        [paragraph] = [s for s in root.iter("{*}source") if (s.text or "").startswith("Blood")]
        assert [c.get("equiv") or c.get("equiv-text") for c in paragraph] == [
            *("[", "](https://example.org/liver)", "[@a-study]"),
        ]


def test_notes_name_terms_with_their_signed_translation(people, topic):
    term = f.Term.objects.create(key="liver", slug="liver")
    f.make_public(people, term, text=f.text_for(f.Term, term="liver"))
    assert "Term:" not in exported(topic).decode()
    f.make_public(people, term, "es", text=f.text_for(f.Term, term="hígado"))

    assert "Term: liver = hígado" in exported(topic).decode()


# -- Unit by unit ----------------------------------------------------------------------------------

FIRST = next(iter(SPANISH))


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        (FIRST, "La sangre va [al hígado](https://example.org/liver).", "[@a-study]” is missing"),
        (FIRST, "La sangre [@a-study].", "https://example.org/liver” is missing"),
        (FIRST, SPANISH[FIRST] + " [@a-study]", "not stand in the original so often"),
        (FIRST, SPANISH[FIRST].replace("example.org", "evil.example"), "is missing"),
        (FIRST, SPANISH[FIRST] + " <script>alert(1)</script>", "Raw HTML is not allowed"),
        ("Last words.", "Últimas.\n\n## Otro título", "headings, lists or tables"),
        ("Last words.", "- Últimas", "headings, lists or tables"),
        ("First item", "Uno\n- dos", "headings, lists or tables"),
        ("Drug", "Uno | dos", "headings, lists or tables"),
        ("Last words.", "{figure:none}", "headings, lists or tables"),
        ("A title", "Un\ntítulo", "one line"),
        ("A title", "T" * 301, "at most 300"),
        ("A title", "Un [enlace](https://example.org)", "no link"),
    ],
)
def test_a_unit_that_harms_its_text_is_refused_and_the_others_are_taken(
    people, topic, source, target, why
):
    report = take(people, translated(exported(topic, "po"), {**SPANISH, source: target}, "po"))

    what, said = told(report)[source]
    assert what == "refused"
    assert why in said
    assert told(report)["Second item"] == ("taken", "")
    assert target not in str(draft(topic).text)


def test_a_unit_made_from_an_older_original_is_kept_beside_the_new_text(people, topic):
    data = translated(exported(topic), SPANISH)
    f.make_public(
        people, topic, text=records.text("A title", body=BODY.replace("Last words.", "New end."))
    )

    report = take(people, data, name="old.xlf")

    assert told(report)["Last words."] == ("parked", "made from an older original")
    assert report.counts == {"taken": 4, "parked": 1, "empty": 6}
    assert "New end." in draft(topic).text["body"]
    assert draft(topic).source == draft(topic, "en")
    [kept] = ParkedUnit.objects.all()
    assert (kept.source, kept.text) == ("Last words.", "Últimas palabras.")
    assert (kept.item_type, kept.key, kept.field) == (topic.item_type, topic.key, "body")


def test_what_somebody_wrote_meanwhile_is_never_overwritten(people, topic):
    take(people, translated(exported(topic), SPANISH))
    data = translated(exported(topic), {"First item": "Del archivo", "A title": "Título"})
    mine = draft(topic)
    changed = mine.text["body"].replace("Primero", "De una persona")
    f.save(topic, "es", people.translator, {**mine.text, "body": changed})

    report = take(people, data)

    assert told(report)["First item"] == ("parked", "somebody changed this text meanwhile")
    assert "De una persona" in draft(topic).text["body"]
    assert draft(topic).text["title"] == "Título"


def test_nothing_is_written_over_a_text_in_review(people, topic):
    f.submit(people, topic, "es", text=records.text("Un título", body=_spanish_body()))
    before = draft(topic)

    report = take(people, translated(exported(topic), {"A title": "Otro"}))

    assert told(report)["A title"] == ("parked", "this text is in review")
    assert draft(topic) == before


def _spanish_body():
    found = blocks.split(BODY)
    return blocks.filled(found, [SPANISH.get(b.text, b.text) for b in blocks.spoken(found)])


def test_a_translation_with_other_blocks_goes_out_whole_and_comes_back(people, topic):
    f.make_public(
        people, topic, "es", text=records.text("Un título", body="Todo junto [@a-study].")
    )
    body = next(u for u in intake.read(exported(topic).decode())[2] if u.field == "body")
    assert (body.block, body.source) == (units.WHOLE, BODY)
    assert take(people, exported(topic)).counts == {"unchanged": 3}

    links = "Todo junto, [mejor](https://example.org/liver) [@a-study]."
    take(people, translated(exported(topic), {BODY: links}))

    assert draft(topic).text["body"] == links


def test_po_units_marked_as_unsure_are_left(people, topic):
    data = translated(exported(topic, "po"), SPANISH, "po").decode()
    data = data.replace(
        'msgctxt "topics.topic:a-topic:body:1:', '#, fuzzy\nmsgctxt "topics.topic:a-topic:body:1:'
    )

    assert told(take(people, data.encode()))["What is seen"][0] == "empty"


def _as_omegat_writes(data, kind):
    """What OmegaT 3.6 makes of a file on its way through, as its target folder showed: quotation
    marks and empty elements written otherwise, PO lines in one piece; and what other tools add: a
    mark of Windows, a state, a note, a suggestion."""
    text = data.decode()
    if kind == "po":
        text = text.replace('"\n"', "").replace("PACKAGE VERSION", "OmegaT")
    else:
        root = etree.fromstring(data)
        for each in root.iter("{*}trans-unit"):
            etree.SubElement(each, f"{{{etree.QName(each).namespace}}}note").text = "seen"
            there = etree.SubElement(each, f"{{{etree.QName(each).namespace}}}alt-trans")
            etree.SubElement(there, f"{{{etree.QName(each).namespace}}}target").text = "Otra cosa"
        for each in root.iter("{*}target"):
            if each.get("state") == "translated" or kind == "xliff2":
                each.set("state", "final")
        for code in root.iter("{*}x", "{*}ph"):
            code.text = ""
        text = etree.tostring(root, encoding="unicode").replace(' "', " &quot;")
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'
    return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("kind", stores.FORMATS)
@pytest.mark.parametrize("there", [{}, SPANISH])
def test_what_only_went_through_a_tool_is_no_change(people, topic, kind, there):
    if there:
        take(people, translated(exported(topic, kind), there, kind))
    before = written()

    report = take(people, _as_omegat_writes(exported(topic, kind), kind))

    assert set(report.counts) <= {"unchanged", "empty"}
    assert report.counts["unchanged"] == len(there)
    assert written() == before


def test_xliff_1_has_a_target_to_write_into_and_what_was_not_touched_is_not_taken(people, topic):
    data = exported(topic, "xliff1").decode()
    assert data.count("<target") == data.count("<source") == data.count('state="new"')
    data = data.replace(">What is seen</target>", ">Lo que se ve</target>")  # as OmegaT does
    data = data.replace('state="new">Drug', 'state="final">Drug')

    report = told(take(people, data.encode()))

    assert {words for words, (what, _why) in report.items() if what == "taken"} == {
        "What is seen",
        "Drug",
    }
    assert report["First item"] == ("empty", "not translated")


# -- Refusals --------------------------------------------------------------------------------------


def _zip():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("texts.xlf", "0" * 5_000_000)
    return packed.getvalue()


def _entities(data):
    head, rest = data.split(b"?>", 1)
    return head + b'?><!DOCTYPE xliff [<!ENTITY a "b">]>' + rest


HOSTILE = [
    ("empty", lambda data: b" \n", "empty"),
    ("DOCTYPE", _entities, "DOCTYPE"),
    ("HTML", lambda data: b"<!DOCTYPE html><html><p>x</p></html>", "HTML"),
    ("HTML without DOCTYPE", lambda data: b"<html><xliff version='2.0'/></html>", "HTML"),
    ("cut off", lambda data: data[: len(data) // 2], "damaged"),
    ("huge", lambda data: data + b" " * intake.MOST_BYTES, "larger than 10 MB"),
    ("zip", lambda data: _zip(), "packed"),
    ("gzip", gzip.compress, "packed"),
    ("UTF-16", lambda data: data.decode().encode("utf-16"), "UTF-8"),
    ("Latin 1", lambda data: "msgid “é”".encode("cp1252"), "UTF-8"),
    ("NUL", lambda data: data + b"\0", "NUL"),
    (
        "says UTF-16",
        lambda data: data.replace(b'"UTF-8"', b'"UTF-16"').replace(b"'UTF-8'", b"'UTF-16'"),
        "UTF-16",
    ),
    ("no version", lambda data: data.replace(b' version="2.0"', b""), "which version"),
    ("something else", lambda data: b'{"a": 1}', "neither XLIFF nor PO"),
    ("deeply nested", lambda data: b'<xliff version="2.0">' + b"<a>" * 100_000, "damaged"),
    (
        "no unit",
        lambda data: b'<xliff version="2.0" srcLang="en" trgLang="es"/>',
        "damaged|nothing",
    ),
    ("another language", lambda data: data.replace(b'"es"', b'"fr"'), "another language"),
    ("no language", lambda data: data.replace(b' trgLang="es"', b""), "another language"),
    ("another original", lambda data: data.replace(b'"en"', b'"de"'), "original language"),
    ("unknown item", lambda data: data.replace(b":a-topic:", b":no-topic:"), "There is no item"),
    ("unknown kind", lambda data: data.replace(b"topics.topic:", b"a.b:"), "There is no item"),
    (
        "facts only",
        lambda d: d.replace(b"topics.topic:a-topic", b"evidence.source:a-study"),
        "no item",
    ),
    ("unknown field", lambda data: data.replace(b":title:", b":slug:"), "no field"),
    ("foreign unit", lambda data: data.replace(b":title:0:", b":title:zero:"), "not exported"),
    ("unit twice", lambda data: data.replace(b":answer:0:", b":title:0:"), "twice"),
]


@pytest.mark.parametrize(
    ("damage", "why"), [each[1:] for each in HOSTILE], ids=[each[0] for each in HOSTILE]
)
def test_a_file_that_is_none_of_ours_is_refused_with_a_sentence(people, topic, damage, why):
    data = damage(translated(exported(topic), SPANISH))
    before = written()

    with pytest.raises(importing.Refused, match=why):
        take(people, data)

    assert written() == before


def test_a_file_with_a_foreign_fingerprint_is_refused(people, topic):
    data = translated(exported(topic), SPANISH)
    digest = units.digest(draft(topic, "en"))
    before = written()

    with pytest.raises(importing.Refused, match="not known here"):
        take(people, data.replace(digest.encode(), b"0" * 16))
    assert written() == before


def test_the_same_file_twice_is_refused_and_says_who_took_it(people, topic):
    data = translated(exported(topic), SPANISH)
    take(people, data)
    before = written()

    with pytest.raises(importing.Refused, match=people.translator.username):
        take(people, b"\xef\xbb\xbf" + data)

    assert written() == before


def test_a_changed_original_in_the_file_is_refused(people, topic):
    data = translated(exported(topic), SPANISH).replace(b">First item<", b">Worst item<")

    report = take(people, data)

    assert told(report)["Worst item"][0] == "refused"
    assert "Primero" not in draft(topic).text["body"]


def test_only_who_writes_the_language_imports_it(people, topic):
    data = translated(exported(topic), SPANISH)
    before = written()

    for user in (people.editor, people.advisor, people.spanish_advisor, people.nobody):
        with pytest.raises(PermissionDenied):
            importing.import_file(data, "es", by=user)
    assert written() == before


def test_a_fault_in_the_middle_leaves_nothing(people, topic, monkeypatch):
    other = f.make_topic(key="b-topic")
    f.make_public(people, other, text=records.text("Other"))
    chosen = [(each.item_type, each.key) for each in (topic, other)]
    data = exporting.export(chosen, "es").data
    data = translated(data, {**SPANISH, "Other": "Otro"})
    save, calls = workflow.save_draft, []

    def second_fails(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise workflow.TransitionNotAllowed("No more.")
        return save(*args, **kwargs)

    monkeypatch.setattr(workflow, "save_draft", second_fails)
    before = written()

    with pytest.raises(importing.Refused, match=r"No more\."):
        take(people, data)

    assert written() == before


# -- The glossary ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["tbx", "csv"])
def test_terms_go_out_and_come_back_as_drafts(people, kind):
    term = f.Term.objects.create(key="liver", slug="liver")
    f.make_public(people, term, text=f.text_for(f.Term, term="liver", aliases="livers\nhepatic"))
    f.make_public(
        people, term, "es", text=f.text_for(f.Term, term="hígado", aliases="=hígados\nhepático")
    )
    data = exporting.export_terms("es", kind)
    assert take(people, data).counts["unchanged"] >= 2
    assert not Delivery.objects.exists()

    report = take(people, data.replace("hepático".encode(), "hepática".encode()))

    assert report.counts["taken"] == 1
    assert draft(term).text["aliases"] == "=hígados\nhepática"
    assert draft(term).state == "draft"
    with pytest.raises(importing.Refused):
        take(people, data[: len(data) // 2] if kind == "tbx" else data[:-3].replace(b",", b";", 9))


# -- Properties ------------------------------------------------------------------------------------

signs = ["[@a]", "[@b]", "[", "](https://x.org)", "](", ")", "!", "\\", "<https://y.org>", "`", "*"]
lines = some.lists(some.one_of(some.sampled_from([*signs, "word", " "]), some.text(max_size=3)))


@effort(max_examples=300, deadline=None)
@given(lines.map("".join))
def test_parts_of_a_block_are_the_block(text):
    assert "".join(getattr(part, "text", part) for part in inline.parts(text)) == text


@effort(max_examples=200, deadline=None)
@given(lines.map("".join))
def test_a_hostile_target_loses_and_adds_no_citation_or_address(target):
    source = "See [@a] and [this](https://x.org)."

    if not inline.lost(source, target):
        assert sorted(inline.markdown.signs_in(target)) == ["[@a]", "https://x.org"]


@effort(max_examples=100, deadline=None)
@given(lines.map("".join), some.sampled_from(["xliff1", "xliff2", "po"]))
def test_every_target_survives_its_format(target, kind):
    target = "".join(c for c in target if c.isprintable()).strip()
    unit = units.named(f"topics.topic:a:body:0:{'0' * 16}:0")
    unit.source, unit.target = "See [@a] and [this](https://x.org).", target

    data = stores.FORMATS[kind].write([unit], "es", {})
    [back] = intake.read(data.decode())[2]

    assert (back.source, back.target.strip()) == (unit.source, target)


# -- Command and pages -----------------------------------------------------------------------------


def test_commands_write_and_read_files(people, topic, tmp_path, capsys):
    path = str(tmp_path / "texts.xlf")
    call_command("export_translation", "es", path, item=["topics.topic:a-topic"], format="xliff1")
    data = translated((tmp_path / "texts.xlf").read_bytes(), SPANISH, "xliff1")
    (tmp_path / "texts.xlf").write_bytes(data)

    call_command("import_translation", "es", path, by=people.translator.username)

    assert "5 taken" in capsys.readouterr().out
    with pytest.raises(CommandError, match="already"):
        call_command("import_translation", "es", path, by=people.translator.username)
    with pytest.raises(CommandError, match="write"):
        call_command("import_translation", "es", path, by=people.editor.username)
    with pytest.raises(CommandError, match="no item"):
        call_command("export_translation", "es", path, item=["topics.topic:none"])


def test_the_page_takes_a_file_says_what_it_did_and_parked_blocks_are_put_away(people, topic):
    client = Client()
    client.force_login(people.translator)
    data = translated(exported(topic), SPANISH)
    f.make_public(
        people, topic, text=records.text("A title", body=BODY.replace("Last words.", "New end."))
    )
    address = f"{reverse('admin:review_import')}?language=es"

    page = client.post(address, {"file": io.BytesIO(data)})
    again = client.post(address, {"file": io.BytesIO(data)})

    assert page.status_code == 200
    assert "made from an older original" in page.text
    assert again.status_code == 422
    assert "already" in again.text
    assert client.post(address).status_code == 422
    assert client.get(f"{reverse('admin:review_import')}?language=fr").status_code == 403
    parked = f"{reverse('admin:review_parked')}?language=es"
    assert "Últimas palabras." in client.get(parked).text
    of_item = f"{parked}&amp;item={topic.item}"
    for page in ("change", "translate"):
        text = reverse(f"admin:topics_topic_{page}", args=[topic.pk])
        assert of_item in client.get(f"{text}?language=es").text
    assert "Últimas palabras." in client.get(of_item.replace("&amp;", "&")).text
    assert "Últimas palabras." not in client.get(f"{parked}&item=topics.topic:none").text
    english = reverse("admin:topics_topic_change", args=[topic.pk]) + "?language=en"
    assert "review/board/parked" not in client.get(english).text
    client.post(parked, {"parked": ParkedUnit.objects.get().pk})
    assert "Últimas palabras." not in client.get(parked).text
    client.force_login(people.editor)
    assert client.post(parked, {"parked": ParkedUnit.objects.get().pk}).status_code == 403
