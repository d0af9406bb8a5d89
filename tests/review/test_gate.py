"""What the checks stop, and how a person lets it pass."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from review import quality, verification, workflow
from review.models import LedgerEntry, Revision, SignOff, Waiver
from review.quality import gate, translation
from tests import factories as f
from tests.review.test_request_admin import root_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("checked")]

ENGLISH = {"title": "A title", "answer": "Yes.", "body": "Call at 38 degrees.\n\nTake 5 mg of it."}
WRONG = {"title": "Un título", "answer": "Sí.", "body": "Llame a 38 grados.\n\nTome 50 mg de esto."}
RIGHT = {**WRONG, "body": WRONG["body"].replace("50", "5")}
REASON = "The dose differs in Spain"


@pytest.fixture
def topic(people):
    topic = f.make_topic()
    f.make_public(people, topic, text=ENGLISH)
    return topic


def stopped(revision):
    revision = Revision.objects.select_related("source").get(pk=revision.pk)
    return [each for each in gate.stopping([revision])[revision] if each.stops]


def waive(revision, by, reason=REASON):
    [told] = stopped(revision)
    return workflow.waive(revision, told.place, by=by, reason=reason)


def test_a_finding_stops_submission_and_the_refusal_names_item_block_and_finding(people, topic):
    draft = f.save(topic, "es", people.translator, WRONG)

    with pytest.raises(workflow.TransitionNotAllowed) as refused:
        workflow.submit([draft], by=people.translator)

    for words in (topic.item, "block 2", "“5 mg”", "“50 mg”"):
        assert words in str(refused.value)
    assert workflow.submit([f.save(topic, "es", people.translator, RIGHT)], by=people.translator)


def test_a_refusal_names_three_findings_and_how_many_more(people, topic):
    many = {**ENGLISH, "body": "\n\n".join(f"Take {n} mg." for n in range(3, 8))}
    f.make_public(people, topic, text=many)
    wrong = {**WRONG, "body": "\n\n".join(f"Tome {n}0 mg." for n in range(3, 8))}

    with pytest.raises(workflow.TransitionNotAllowed, match="And 2 findings more"):
        workflow.submit([f.save(topic, "es", people.translator, wrong)], by=people.translator)


def test_words_that_were_left_in_the_original_language_stop_it(people, topic):
    english = {**ENGLISH, "body": "Call us at once when you have 38 degrees.\n\nTake 5 mg of it."}
    f.make_public(people, topic, text=english)
    left = {**RIGHT, "body": "Call us at once when you have 38 degrees.\n\nTome 5 mg de esto."}
    draft = f.save(topic, "es", people.translator, left)

    assert "untranslated" in {each.finding.id for each in stopped(draft)}


def test_a_waiver_lets_a_text_pass_and_the_advisor_signs_it(people, topic):
    draft = f.save(topic, "es", people.translator, WRONG)
    waiver = waive(draft, people.translator)
    request = workflow.submit([draft], by=people.translator)

    with pytest.raises(workflow.TransitionNotAllowed, match=REASON):
        f.approve(people, request)
    [sign_off] = f.approve(people, request, waived={waiver.pk})

    [kept] = SignOff.objects.get(pk=sign_off.pk).waived
    assert (kept["finding"], kept["reason"], kept["name"]) == ("number", REASON, waiver.name)
    assert "“50 mg”" in kept["message"]
    line = LedgerEntry.objects.get(event="finding:waive")
    assert REASON in line.payload
    assert "waived" not in SignOff.objects.get(language="en").contents()
    assert list(verification.problems()) == []


def test_a_waiver_holds_as_long_as_the_words_stay(people, topic):
    draft = f.save(topic, "es", people.translator, WRONG)
    waive(draft, people.translator)

    elsewhere = {**WRONG, "body": WRONG["body"].replace("Llame", "Llámenos")}
    assert stopped(f.save(topic, "es", people.translator, elsewhere)) == []
    with override("es"):
        assert stopped(f.save(topic, "es", people.translator, WRONG)) == []
    there = {**WRONG, "body": WRONG["body"].replace("de esto", "de eso")}
    assert len(stopped(f.save(topic, "es", people.translator, there))) == 1
    other = {**WRONG, "body": WRONG["body"].replace("50", "500")}
    assert len(stopped(f.save(topic, "es", people.translator, other))) == 1
    source = {**ENGLISH, "body": ENGLISH["body"].replace("of it", "of that")}
    f.make_public(people, topic, text=source)
    moved = f.save(topic, "es", people.translator, WRONG)
    assert len(stopped(moved)) == 1


def test_who_writes_or_signs_the_language_waives_nobody_else(people, topic):
    draft = f.save(topic, "es", people.translator, WRONG)

    for other in (people.editor, people.advisor, people.nobody):
        with pytest.raises(PermissionDenied):
            waive(draft, other)
    assert not Waiver.objects.exists()
    assert waive(draft, people.spanish_advisor).name


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("", "in a few words"),
        ("it is", "in a few words"),
        ("12 34 56", "in a few words"),
        ("word " * 300, "Shorten"),
    ],
)
def test_a_waiver_needs_a_reason(people, topic, reason, sentence):
    draft = f.save(topic, "es", people.translator, WRONG)

    with pytest.raises(workflow.TransitionNotAllowed, match=sentence):
        waive(draft, people.translator, reason)


def test_only_what_is_found_now_is_waived_and_once(people, topic):
    draft = f.save(topic, "es", people.translator, WRONG)
    [told] = stopped(draft)
    with pytest.raises(workflow.TransitionNotAllowed, match="not there any more"):
        workflow.waive(draft, "0" * 64, by=people.translator, reason=REASON)
    workflow.waive(draft, told.place, by=people.translator, reason="这个剂量没有错")

    with pytest.raises(workflow.TransitionNotAllowed, match="already"):
        workflow.waive(draft, told.place, by=people.translator, reason=REASON)
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        Waiver.objects.update(reason="Another")
    with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as c:
        c.execute("DELETE FROM review_waiver")
    workflow.discard(draft, by=people.translator)
    with pytest.raises(workflow.TransitionNotAllowed, match="nothing to waive"):
        workflow.waive(draft, told.place, by=people.translator, reason=REASON)


def stop_everything(item, revision, referred):
    yield quality.Finding("new", quality.BLOCKING, "A check of tomorrow found it.", "body")


def test_signing_and_publishing_check_again(people, topic, monkeypatch):
    request = f.submit(people, topic, "es", RIGHT)
    with monkeypatch.context() as patched:
        patched.setattr(quality, "_checks", [stop_everything])
        with pytest.raises(workflow.TransitionNotAllowed, match="A check of tomorrow"):
            f.sign(people, request)
    f.sign(people, request)
    monkeypatch.setattr(quality, "_checks", [stop_everything])

    with pytest.raises(workflow.TransitionNotAllowed, match="A check of tomorrow"):
        workflow.publish(request, by=people.translator)


def test_what_was_waived_after_signing_is_not_published(people, topic, monkeypatch):
    request = f.submit(people, topic, "es", RIGHT)
    f.sign(people, request)
    monkeypatch.setattr(quality, "_checks", [stop_everything])
    [revision] = request.revisions.all()
    place = gate.place_of(next(stop_everything(None, None, None)), revision)
    known = {"item_type": revision.item_type, "key": revision.key, "language": "es"}
    Waiver.objects.create(
        **known, place=place, finding="new", message="", reason=REASON,
        by=people.translator, name="T", at=revision.saved_at,
    )  # fmt: skip

    with pytest.raises(workflow.TransitionNotAllowed, match="waived after it was signed"):
        workflow.publish(request, by=people.translator)


def test_an_unknown_severity_and_advice_that_stops_are_refused(people, topic, monkeypatch):
    draft = f.save(topic, "es", people.translator, RIGHT)
    unknown = quality.Finding("odd", "fatal", "Odd.")
    monkeypatch.setattr(quality, "_checks", [lambda *_: [unknown]])
    with pytest.raises(ValueError, match="fatal"):
        workflow.submit([draft], by=people.translator)
    monkeypatch.setattr(quality, "_checks", [])
    monkeypatch.setattr(quality, "_advising", [stop_everything])
    with pytest.raises(ValueError, match="register its check"):
        quality.findings(topic, draft)


def test_the_gate_asks_a_fixed_number_of_queries(people):
    counts, drafts = [], []
    for _ in range(3):
        topic = f.make_topic()
        f.make_public(people, topic, text=ENGLISH)
        drafts.append(f.save(topic, "es", people.translator, WRONG).pk)
        revisions = list(Revision.objects.select_related("source").filter(pk__in=drafts))
        with CaptureQueriesContext(connection) as asked:
            assert len(gate.open_findings(revisions)) == len(drafts)
        counts.append(len(asked))

    assert counts == [1, 1, 1]


def test_what_was_compared_is_not_compared_again(people, topic):
    draft = f.save(topic, "es", people.translator, RIGHT)
    translation._compared.cache_clear()
    request = workflow.submit([draft], by=people.translator)
    compared = translation._compared.cache_info().misses

    f.approve(people, request)

    assert translation._compared.cache_info().misses == compared > 0


@pytest.mark.parametrize("page", ["change", "translate"])
def test_page_shows_findings_and_waives_them(client, people, topic, page):
    draft = f.save(topic, "es", people.translator, WRONG)
    [told] = stopped(draft)
    client.force_login(people.translator)
    address = reverse(f"admin:topics_topic_{page}", args=[topic.pk]) + "?language=es"
    root = root_of(client.get(address))
    checks = root.one("section", id="checks")
    assert "1 finding stops this text" in checks.text
    [link] = checks.all("a")
    assert root.one(id=link.attrs["href"][1:])
    sent = {
        e.attrs["name"]: e.attrs.get("value", "") for e in root.all("input") if "name" in e.attrs
    }
    for area in root.all("textarea"):
        sent[area.attrs["name"]] = area.text
    sent |= draft.text | {"action": f"waive:{told.place}"}  # with its empty lines

    short = client.post(address, {**sent, f"reason-{told.place}": "too short"})
    assert short.status_code == 409
    assert "too short" in root_of(short).one("section", id="checks").text
    assert client.post(address, {**sent, f"reason-{told.place}": REASON}).status_code == 302

    assert Waiver.objects.get().reason == REASON
    text = root_of(client.get(address)).one("section", id="checks").text
    assert "Waived by" in text
    assert "finding stops" not in text


def test_what_was_typed_beside_a_waiver_is_saved(client, people, topic):
    draft = f.save(topic, "es", people.translator, WRONG)
    [told] = stopped(draft)
    client.force_login(people.translator)
    address = reverse("admin:topics_topic_change", args=[topic.pk]) + "?language=es"
    root = root_of(client.get(address))
    form = root.one("form", id="item-form")
    sent = {e.attrs["name"]: e.attrs.get("value", "") for e in form.all("input")}
    sent |= draft.text
    reason = root.one(id=f"reason-{told.place}")
    assert reason.attrs["form"] == "item-form"
    sent |= {"title": "Typed just now", reason.attrs["name"]: REASON}

    client.post(address, {**sent, "action": f"waive:{told.place}"})

    assert workflow.newest_revision(topic, "es").text["title"] == "Typed just now"
    assert Waiver.objects.get().reason == REASON


def test_advisor_sees_the_waiver_before_the_button_and_signs_it(client, people, topic):
    draft = f.save(topic, "es", people.translator, WRONG)
    waiver = waive(draft, people.translator)
    request = workflow.submit([draft], by=people.translator)
    client.force_login(people.spanish_advisor)
    address = reverse("admin:review_reviewrequest_change", args=[request.pk])
    root = root_of(client.get(address))
    assert REASON in root.one("ul", class_="findings").text
    assert REASON in root.one("div", class_="waivers").text
    sent = {"action": "approve", "attest": "en", f"fingerprints-{draft.pk}": draft.fingerprints}
    assert client.post(address, sent).status_code == 409

    assert client.post(address, {**sent, "waived": waiver.pk}).status_code == 302

    sign_off = SignOff.objects.get(language="es")
    client.force_login(people.admin)
    shown = client.get(reverse("admin:review_signoff_change", args=[sign_off.pk])).content.decode()
    assert f"Waived by {waiver.name}: {REASON}" in shown
