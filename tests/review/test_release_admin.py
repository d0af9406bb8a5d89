"""The pages of releases: what they wait for, their buttons, and the way back."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from review import verification, workflow
from review.desk.confirming import CONFIRMED
from review.models import LedgerEntry, Release, ReviewRequest
from tests import factories as f
from tests import pages
from topics.models import Topic

pytestmark = pytest.mark.django_db
LIST = "admin:review_release_changelist"


@pytest.fixture
def topic(db):
    return f.make_topic()


@pytest.fixture
def release(people):
    return workflow.make_release("Spring", by=people.editor)


def address(release):
    return reverse("admin:review_release_change", args=[release.pk])


def undo_address(release):
    return reverse("admin:review_release_undo", args=[release.pk])


def send(people, release, item, language="en", words="Words.", **more):
    writer = people.writer_of(language)
    draft = f.save(item, language, writer, f.text_for(type(item), words))
    return workflow.submit([draft], by=writer, release=release, **more)


def sign(people, request):
    signer = people.signer_of(request.language)
    workflow.approve(request, by=signer, expected=f.expected(request))


def published(people, release, *texts):
    """Take (item, language, words) to readers with a release."""
    requests = [send(people, release, *text) for text in texts]
    for request in requests:
        sign(people, request)
    assert state(release) == Release.State.PUBLISHED


def public(people, item, language, words):
    sign(people, send(people, None, item, language, words))


def state(release):
    return Release.objects.get(pk=release.pk).state


def body(item, language="en"):
    return getattr(type(item)._base_manager.get(pk=item.pk), f"body_{language}")


def told(response):
    return " ".join(str(message) for message in response.context["messages"])


def text_of(response):
    return pages.parse_part(response.content.decode(), strict=False).text


def press(client, release, button, page=None, **sent):
    """Press a button of a release's page as it is now, or as it was shown."""
    page = page or client.get(address(release))
    seen = page.context["seen"]
    return client.post(address(release), {"action": button, "seen": seen, **sent})


# -- The list ------------------------------------------------------------------------------------


def test_list_shows_what_waits_with_languages_and_signatures(client, people, topic, release):
    english, _spanish = (send(people, release, topic, code) for code in ("en", "es"))
    sign(people, english)
    done = workflow.make_release("Winter", by=people.editor)
    published(people, done, (f.make_topic(), "en", "Words."))
    client.force_login(people.advisor)

    waiting = text_of(client.get(reverse(LIST)))

    assert "Spring" in waiting
    assert "Winter" not in waiting
    assert "English, Español" in waiting
    assert "1 / 2" in waiting
    assert "Winter" in text_of(client.get(reverse(LIST), {"state": "published"}))


def test_replaced_request_counts_neither_as_signed_nor_as_waiting(client, people, topic, release):
    first = send(people, release, topic)
    workflow.request_changes(first, by=people.advisor, comment="No")
    sign_later = send(people, release, topic, "en", "Better words.")
    client.force_login(people.editor)

    page = client.get(address(release))

    assert "0 / 1" in text_of(client.get(reverse(LIST)))
    assert "Replaced by a later request" in text_of(page)
    assert [each.pk for each in page.context["waiting"]] == [sign_later.pk]


@pytest.mark.parametrize("page", ["list", "release", "undo"])
def test_queries_do_not_grow_with_requests_and_texts(
    client, people, django_assert_num_queries, django_assert_max_num_queries, page
):
    def make(texts):
        topics = [f.make_topic() for _each in range(texts)]
        for each in topics:
            public(people, each, "en", "One.")
        release = workflow.make_release(f"With {texts}", by=people.editor)
        texts = [(each, "en", "Two.") for each in topics]
        if page == "undo":
            published(people, release, *texts)
        else:
            for text in texts:
                send(people, release, *text)
        return release

    client.force_login(people.advisor)
    few = make(2)

    def look(release):
        where = {"list": reverse(LIST), "release": address, "undo": undo_address}[page]
        return client.get(where if page == "list" else where(release))

    look(few)
    with django_assert_max_num_queries(25) as counted:
        look(few)
    many = make(20)
    with django_assert_num_queries(len(counted)):
        response = look(many)
    assert response.status_code == 200


# -- A new one -----------------------------------------------------------------------------------


def test_new_release_is_made_with_a_name_and_a_time(client, people):
    client.force_login(people.editor)

    response = client.post(
        reverse("admin:review_release_add"), {"name": "Spring", "publish_at": "2999-03-15T08:00"}
    )

    [release] = Release.objects.all()
    assert response.url == address(release)
    assert release.publish_at.isoformat() == "2999-03-15T08:00:00+00:00"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 201}, "at most 200"),
        ({"name": "Spring", "publish_at": "1999-01-01T00:00"}, "lies in the past"),
        ({"name": "Spring", "publish_at": "soon"}, "Enter a valid date/time"),
    ],
)
def test_bad_release_is_refused_with_a_sentence(client, people, sent, sentence):
    client.force_login(people.editor)

    response = client.post(reverse("admin:review_release_add"), sent)

    assert sentence in response.content.decode()
    assert sent["name"] in response.content.decode()
    assert not Release.objects.exists()


# -- Roles ---------------------------------------------------------------------------------------

ROLES = ["anonymous", "nobody", "editor", "translator", "advisor", "spanish_advisor", "admin"]
WRITERS = ("editor", "translator", "admin")


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_and_makes_releases(client, people, release, role):
    if role != "anonymous":
        client.force_login(getattr(people, role))

    seen = {
        client.get(reverse(LIST)).status_code,
        client.get(address(release)).status_code,
    }
    made = client.post(reverse("admin:review_release_add"), {"name": "Mine"}).status_code

    assert seen == {{"anonymous": 302, "nobody": 403}.get(role, 200)}
    assert Release.objects.filter(name="Mine").exists() is (role in WRITERS)
    assert made == (302 if role in (*WRITERS, "anonymous") else 403)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("button", ["publish", "schedule", "clear", "take_out", "stop", "dissolve"])
def test_buttons_work_for_who_may_and_change_nothing_for_others(
    client, people, topic, release, role, button
):
    """An English release: its writers, its advisors, and everybody else."""
    at = timezone.now() + timedelta(days=1)
    request = None
    if button != "dissolve":
        request = send(people, release, topic)
    if button in ("publish", "stop", "clear"):
        workflow.schedule_release(release, by=people.editor, publish_at=at)
        f.sign(people, request, by=people.signer_of("en"))
    client.force_login(people.admin)
    seen = client.get(address(release)).context["seen"]
    client.logout()
    if role != "anonymous":
        client.force_login(getattr(people, role))
    before = LedgerEntry.objects.count()

    response = client.post(
        address(release),
        {
            **{"action": button, "seen": seen, "reason": "Because"},
            **{"publish_at": "2999-01-01T00:00", "request": request.pk if request else ""},
        },
    )

    may = {
        "publish": ("editor", "advisor", "admin"),
        "schedule": (*WRITERS, "advisor"),
        "clear": (*WRITERS, "advisor"),
        "take_out": ("editor", "admin"),
        "stop": ("editor", "advisor", "admin"),
        "dissolve": WRITERS,
    }[button]
    assert (LedgerEntry.objects.count() > before) is (role in may)
    assert response.status_code == (302 if role in (*may, "anonymous") else 403)
    if response.status_code == 403 and role != "nobody":
        assert button not in pages.buttons(client.get(address(release)))


# -- What the buttons do -------------------------------------------------------------------------


def test_release_is_published_by_hand_before_its_time(client, people, topic, release):
    at = timezone.now() + timedelta(days=1)
    workflow.schedule_release(release, by=people.editor, publish_at=at)
    sign(people, send(people, release, topic))
    client.force_login(people.editor)
    page = client.get(address(release))
    assert "publish now, not at that time" in text_of(page)

    press(client, release, "publish")

    assert state(release) == Release.State.PUBLISHED
    assert body(topic) == "Words. of body."
    assert pages.buttons(client.get(address(release))) == []


def test_nothing_is_published_while_something_waits(client, people, topic, release):
    english, _spanish = (send(people, release, topic, code) for code in ("en", "es"))
    sign(people, english)
    client.force_login(people.editor)
    assert "publish" not in pages.buttons(client.get(address(release)))

    response = press(client, release, "publish")

    assert response.status_code == 409
    assert "is not signed" in told(response)
    assert body(topic) is None


def test_request_taken_out_goes_public_by_itself(client, people, topic, release):
    kept, out = send(people, release, topic), send(people, release, f.make_topic())
    client.force_login(people.editor)

    press(client, release, "take_out", request=out.pk)
    sign(people, kept)

    assert state(release) == Release.State.PUBLISHED
    assert ReviewRequest.objects.get(pk=out.pk).release is None


def test_signed_request_is_stopped_with_a_reason_then_taken_out(client, people, topic, release):
    request = send(people, release, topic)
    send(people, release, f.make_topic())
    sign(people, request)
    client.force_login(people.editor)

    assert press(client, release, "stop", request=request.pk, reason=" ").status_code == 409
    press(client, release, "stop", request=request.pk, reason="A doubt")
    press(client, release, "take_out", request=request.pk)

    request.refresh_from_db()
    assert (request.state, request.comment) == (ReviewRequest.State.STOPPED, "A doubt")
    assert request.release is None


def test_time_is_set_shown_with_its_zone_and_cleared(client, people, release):
    client.force_login(people.editor)

    press(client, release, "schedule", publish_at="2999-03-15T08:00")

    assert "(UTC)" in text_of(client.get(address(release)))
    assert Release.objects.get().publish_at.year == 2999

    press(client, release, "clear")

    assert Release.objects.get().publish_at is None


@pytest.mark.parametrize(
    ("at", "sentence"), [("1999-01-01T00:00", "in the past"), ("soon", "That is no time")]
)
def test_bad_time_is_refused_and_stands_in_its_field(client, people, release, at, sentence):
    client.force_login(people.editor)

    response = press(client, release, "schedule", publish_at=at)

    assert response.status_code == 409
    assert sentence in told(response)
    assert f'value="{at}"' in response.content.decode()
    assert Release.objects.get().publish_at is None


def test_empty_release_is_dissolved(client, people, release):
    client.force_login(people.editor)

    response = press(client, release, "dissolve")

    assert response.url == reverse(LIST)
    assert not Release.objects.exists()


def test_problem_of_a_release_that_was_due_is_shown(client, people, topic, release):
    Release.objects.update(problem="Dr Who no longer signs here.")
    client.force_login(people.editor)

    assert "when it was due: Dr Who no longer signs here." in text_of(client.get(address(release)))


def test_preview_shows_all_languages_as_they_will_be(client, people, release):
    whole = f.WholeGuide(topics=1)
    for code in ("en", "es"):
        drafts = [
            f.save(item, code, people.writer_of(code), *f.whole_text(item, code))
            for item in whole.items
            if item.text_fields or code == "en"
        ]
        workflow.submit(drafts, by=people.writer_of(code), release=release)
    client.force_login(people.advisor)
    page = client.get(address(release))
    links = {
        each.attrs["href"].split("/")[-3]: each.attrs["href"]
        for each in pages.parse_part(page.content.decode(), strict=False).all("a")
        if "/preview/" in each.attrs.get("href", "")
        and "guide" not in each.attrs["href"]
        and each.text.startswith(("en-word of title", "es-word of title"))
    }

    spanish = client.get(links["es"]).content.decode()

    assert 'lang="es"' in spanish
    assert "es-word of body" in spanish or "es-word of title" in spanish
    assert "en-word of title" not in spanish


def test_translation_of_a_new_number_is_previewed_with_its_facts(client, people, release):
    whole = f.WholeGuide(topics=1)
    for code in ("en", "es"):
        drafts = [
            f.save(item, code, people.writer_of(code), *f.whole_text(item, code))
            for item in whole.items
            if item.text_fields or code == "en"
        ]
        workflow.submit(drafts, by=people.writer_of(code), release=release)
    [topic] = whole.topics
    text = workflow.newest_revision(topic, "es")
    client.force_login(people.advisor)

    shown = client.get(
        reverse("admin:review_release_preview", args=[release.pk, "es", text.pk])
    ).content.decode()

    assert "Smith J" in shown  # the source, whose facts are English only


@pytest.mark.parametrize("language", ["xx", "en"])
def test_preview_of_what_is_not_in_the_release_is_not_found(
    client, people, topic, release, language
):
    other = send(people, None, topic).revisions.get()
    client.force_login(people.advisor)

    where = reverse("admin:review_release_preview", args=[release.pk, language, other.pk])

    assert client.get(where).status_code == 404


# -- Bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize("button", ["publish", "schedule", "clear", "take_out", "stop"])
def test_stale_page_does_nothing_and_says_so(client, people, topic, release, button):
    request = send(people, release, topic)
    client.force_login(people.editor)
    page = client.get(address(release))
    later = send(people, release, f.make_topic())
    before = LedgerEntry.objects.count()

    response = press(
        client, release, button, page, request=request.pk, publish_at="2999-01-01T00:00"
    )

    assert response.status_code == 409
    assert "changed since you opened it" in told(response)
    assert f"{later.pk} (en)" in text_of(response)
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize("button", ["take_out", "stop"])
@pytest.mark.parametrize("which", ["another", "", "999999", "²"])
def test_request_of_another_release_is_not_touched(client, people, topic, release, button, which):
    foreign = send(people, workflow.make_release("Other", by=people.editor), topic)
    send(people, release, f.make_topic())
    client.force_login(people.editor)
    which = foreign.pk if which == "another" else which

    response = press(client, release, button, request=which, reason="Because")

    assert response.status_code == 409
    assert "not in this release" in told(response)
    foreign.refresh_from_db()
    assert (foreign.release.name, foreign.state) == ("Other", "open")


@pytest.mark.parametrize("action", ["", "none", "page", "__class__"])
def test_button_that_is_none_does_nothing(client, people, release, action):
    client.force_login(people.editor)

    response = press(client, release, action)

    assert "choose one of the buttons" in told(response)


@pytest.mark.parametrize("pk", ["999999", "abc", "²", "0"])
def test_release_that_is_none_is_not_found(client, people, pk):
    client.force_login(people.admin)

    assert client.get(f"/admin/review/release/{pk}/change/").status_code == 404
    assert client.get(f"/admin/review/release/{pk}/undo/", follow=True).status_code == 404


# -- Undoing -------------------------------------------------------------------------------------


@pytest.fixture
def undoable(people, topic, release):
    """A published release: a topic that was public before, a new one, a Spanish text."""
    public(people, topic, "en", "One")
    public(people, topic, "es", "Uno")
    fresh = f.make_topic()
    texts = [(topic, "en", "Two"), (topic, "es", "Dos"), (fresh, "en", "New")]
    published(people, release, *texts)
    return fresh


def undo_form(response, **more):
    root = pages.parse_part(response.content.decode(), strict=False)
    hidden = {
        each.attrs["name"]: each.attrs["value"]
        for each in root.all("input", type="hidden")
        if each.attrs["name"].startswith("undo-")
    }
    return {**hidden, "reason": "It was wrong", **more}


def test_undo_page_shows_exactly_what_it_then_does(client, people, topic, release, undoable):
    client.force_login(people.advisor)
    assert undo_address(release) in client.get(address(release)).content.decode()

    page = client.get(undo_address(release))

    text = text_of(page)
    assert "1 text comes back" in text
    assert "2 texts come down, with nothing in their place" in text
    [(now, earlier, title)] = page.context["back"]
    assert (title, earlier.revision.number) == ("One of title.", 1)
    assert earlier.fingerprints in text
    assert earlier.name in text
    assert {each.pk for each, _why, _title in page.context["down"]} | {now.pk} == {
        int(name.removeprefix("undo-")) for name in undo_form(page) if name.startswith("undo-")
    }
    assert "you do not sign this language" in text

    response = client.post(undo_address(release), undo_form(page))

    assert response.url == address(release)
    assert (body(topic), body(topic, "es"), body(undoable)) == ("One of body.", None, None)
    assert state(release) == Release.State.UNDONE
    shown = text_of(client.get(address(release)))
    assert "Back as they were: 1. Taken down: 2." in shown
    published = LedgerEntry.objects.get(event="release:publish")
    undone = LedgerEntry.objects.get(event="release:undo")
    assert f"{published.number} Release {release.pk} became public as a whole" in shown
    assert f"{undone.number} {undone.actor} undid release {release.pk}" in shown
    assert "It was wrong" in shown
    assert list(verification.problems()) == []


def test_ledger_lines_of_another_release_are_not_shown(client, people, topic):
    releases = [workflow.make_release(f"R{n}", by=people.editor) for n in range(11)]
    client.force_login(people.editor)

    page = client.get(address(releases[0]))

    assert [each["line"].event for each in page.context["lines"]["own"]] == ["release:make"]


@pytest.mark.parametrize("role", ROLES)
def test_only_an_advisor_of_its_languages_undoes(client, people, topic, release, role):
    published(people, release, (topic, "en", "New"))
    client.force_login(people.advisor)
    sent = undo_form(client.get(undo_address(release)))
    client.logout()
    if role != "anonymous":
        client.force_login(getattr(people, role))

    linked = role not in ("anonymous", "nobody") and (
        undo_address(release) in client.get(address(release)).content.decode()
    )
    response = client.post(undo_address(release), sent)

    assert linked is (role == "advisor")
    assert (state(release) == Release.State.UNDONE) is (role == "advisor")
    assert response.status_code == (302 if role in ("anonymous", "advisor") else 403)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"reason": " "}, "Say why"),
        ({"undo-999999": ""}, "What you saw"),
        ({"undo-x": ""}, "What you saw"),
        ({"undo-": "forged"}, "What you saw"),
    ],
)
def test_bad_undoing_changes_nothing(client, people, topic, release, undoable, changed, sentence):
    client.force_login(people.advisor)
    sent = undo_form(client.get(undo_address(release)))

    response = client.post(undo_address(release), {**sent, **changed})

    assert response.status_code == 409
    assert sentence in told(response)
    assert body(topic) == "Two of body."
    if "reason" not in changed:
        assert 'value="It was wrong"' in response.content.decode()


def test_forged_fingerprint_undoes_nothing(client, people, topic, release, undoable):
    client.force_login(people.advisor)
    sent = undo_form(client.get(undo_address(release)))
    forged = {name: "0" * 64 + "." for name in sent if name != "reason"}

    response = client.post(undo_address(release), {**sent, **forged})

    assert response.status_code == 409
    assert state(release) == Release.State.PUBLISHED


def test_text_decided_anew_is_named_and_nothing_is_undone(client, people, topic, release, undoable):
    client.force_login(people.advisor)
    sent = undo_form(client.get(undo_address(release)))
    public(people, topic, "en", "Three")

    response = client.post(undo_address(release), sent)

    assert response.status_code == 409
    assert f"topics.topic:{topic.key} [en]" in told(response)
    assert "cannot be undone as one" in text_of(response)
    assert "Undo it now" not in text_of(response)
    assert body(topic) == "Three of body."


def test_page_that_showed_another_plan_undoes_nothing(client, people, topic, release, undoable):
    advisor = f.make_advisor(None, "en", "es")
    client.force_login(advisor)
    sent = undo_form(client.get(undo_address(release)))
    advisor.advisor.languages = ["en"]
    advisor.advisor.save()

    response = client.post(undo_address(release), sent)

    assert response.status_code == 409
    assert body(topic, "es") == "Dos of body."


def signed_in(client, at):
    """As if the session had begun then."""
    session = client.session
    session[CONFIRMED] = at.isoformat()
    session.save()


def test_undoing_asks_for_the_password_when_the_sign_in_is_old(
    client, people, topic, release, undoable
):
    client.force_login(people.advisor)
    assert 'type="password"' not in client.get(undo_address(release)).content.decode()
    signed_in(client, timezone.now() - timedelta(minutes=16))

    page = client.get(undo_address(release))
    sent = undo_form(page)

    assert 'type="password"' in page.content.decode()
    for password in ("", "wrong"):
        refused = client.post(undo_address(release), {**sent, "password": password})
        assert refused.status_code == 403
        assert "Nothing was decided" in told(refused)
    assert body(topic) == "Two of body."

    client.post(undo_address(release), {**sent, "password": f.PASSWORD})

    assert body(topic) == "One of body."


def test_whoever_guesses_the_password_is_signed_out(client, people, release, undoable):
    client.force_login(people.advisor)
    sent = undo_form(client.get(undo_address(release)))
    signed_in(client, timezone.now() - timedelta(days=1))

    for _guess in range(5):
        response = client.post(undo_address(release), {**sent, "password": "wrong"})

    assert response.url == reverse("admin:login")
    assert client.get(address(release)).status_code == 302
    assert state(release) == Release.State.PUBLISHED


@pytest.mark.parametrize("when", ["waiting", "undone"])
def test_release_that_is_not_public_has_no_undo_page(client, people, topic, release, when):
    if when == "undone":
        published(people, release, (topic, "en", "New"))
        plan = workflow.undo_plan(release, people.advisor.advisor)
        workflow.undo_release(release, by=people.advisor, reason="x", expected=plan.fingerprints)
    client.force_login(people.advisor)

    response = client.get(undo_address(release))

    assert response.url == address(release)
    assert undo_address(release) not in client.get(address(release)).content.decode()


def test_published_release_is_read_only(client, people, topic, release):
    published(people, release, (topic, "en", "New"))
    client.force_login(people.admin)
    page = client.get(address(release))
    before = LedgerEntry.objects.count()

    for button in ("publish", "schedule", "clear", "take_out", "stop", "dissolve"):
        request = release.requests.get().pk
        sent = {"request": request, "reason": "x", "publish_at": "2999-01-01T00:00"}
        assert press(client, release, button, page, **sent).status_code == 409

    assert pages.buttons(page) == []
    assert LedgerEntry.objects.count() == before
    lines = page.context["lines"]
    assert [each["line"].event for each in lines["own"]] == ["release:make", "release:publish"]
    assert f"with lines {lines['first']} to {lines['last']}" in text_of(page)
    assert Topic.objects.signed("en").count() == 1
