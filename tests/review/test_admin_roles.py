"""All that lies on the desk, in every state, tried by everybody: nobody gets further than their
role. (Where who gets, address by address: tests/permissions.)"""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import transaction
from django.urls import reverse

from review import groups, invitations, reports, verification, workflow
from review.content import ReviewedContent, content_models
from review.desk.releases import seen
from review.models import (
    Advisor,
    Bookmark,
    Invitation,
    Release,
    Report,
    ReviewRequest,
    Revision,
    RevisionAuthor,
    Session,
    SignOff,
)
from review.notices import telling
from tests import factories as f
from topics.models import Guide

pytestmark = pytest.mark.django_db

CODES = ["en", "es", "ar"]  # the source, one that some write, one that nobody does
MARK = "posted-by-a-test"
ROLES = [
    *("anonymous", "outsider", "nobody", "editor", "translator", "advisor", "admin"),
    "editor who signs",
]
# What the others may do asks the database the same.
ON_POSTGRESQL = {"admin", "editor who signs"}
TRIED = [
    each if each in ON_POSTGRESQL else pytest.param(each, marks=pytest.mark.any_database)
    for each in ROLES
]
WITHOUT_RIGHTS = ("anonymous", "outsider", "nobody")


# -- A desk with everything on it ----------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(django_db_setup, django_db_blocker):
    """Items and requests in every state, in two languages. Rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        people = f.People()
        yield _desk(people)
        transaction.set_rollback(True)


def _desk(people):
    whole = f.WholeGuide(topics=1)
    whole.publish(people, "en")
    whole.publish(people, "es")
    guide, editor = whole.guide, people.writer_of("en")
    [public] = whole.topics
    figure, _ = public.draws
    f.save(public, "en", editor, f.text_for(type(public), "A newer draft"))
    f.save(figure, "es", people.writer_of("es"), f.text_for(type(figure), "Un borrador"))

    def requests(language, count):
        made = []
        for _ in range(count):
            topic = f.make_topic(guide)
            if language != "en":
                f.approve(people, f.submit(people, topic), by=people.signer_of("en"))
            revision = f.save(topic, language, people.writer_of(language))
            made.append(workflow.submit([revision], by=people.writer_of(language)))
        return made

    opened = [*requests("en", 3), *requests("es", 3)]
    recalled, returned, signed = requests("en", 3)
    workflow.recall(recalled, by=editor)
    workflow.request_changes(returned, by=people.signer_of("en"), comment="Say it simpler")
    workflow.sign(signed, by=people.signer_of("en"), expected=f.expected(signed))
    telling.catch_up()  # else the first POST of a test would do it
    published = ReviewRequest.objects.filter(state="published").first()
    releases = [workflow.make_release(name, by=editor) for name in ("empty", "waiting", "out")]
    for release, request in zip(releases[1:], requests("en", 2), strict=True):
        workflow.join(request, release, by=editor)
    out = releases[2].requests.get()
    f.approve(people, out, by=people.signer_of("en"))
    in_review = Revision.objects.filter(request=opened[0]).get()
    invited = invitations.invite(
        "Invited", "invited@example.org", groups.ADVISORS, by=people.admin, codes=["en"]
    )
    for _ in range(2):
        reports.receive(
            workflow.fresh(public).sign_off_in("en"), "mistake", "A reader's words", "en"
        )
    users = {
        "outsider": get_user_model().objects.create_user("outsider", password=f.PASSWORD),
        "nobody": people.nobody,
        "editor": people.editor,
        "translator": people.translator,
        "advisor": people.advisor,
        "admin": people.admin,
        "editor who signs": f.make_advisor(None, "en", "es"),
    }
    users["editor who signs"].groups.add(groups.Group.objects.get(name=groups.EDITORS))
    return SimpleNamespace(
        users=users,
        link=reverse("admin:review_welcome", args=[invitations.token(invited, "en")]),
        requests=[*opened, recalled, returned, signed, published],
        releases=releases,
        # One item of each model that is public, and topics in the other states.
        items={type(item): item for item in whole.items},
        close=[
            public,
            figure,
            whole.sources[0],
            type(public).objects.get(key=in_review.key),
            f.make_topic(guide),
        ],
    )


def enter(client, desk, role):
    # A failure is a status here, so that one run finds them all.
    client.raise_request_exception = False
    if role != "anonymous":
        client.force_login(desk.users[role])


# -- Every state of what is there ----------------------------------------------------------------


def addresses(desk):
    """The pages of everything on the desk; tests/permissions tries each route of the admin once."""
    yield from (f"/admin/{label}/" for label in ("review", "topics", "auth", "none"))
    for each in desk.requests:
        [revision, *_] = each.revisions.all()
        yield f"/admin/review/reviewrequest/{each.pk}/preview/{revision.pk}/"
    first, *_, last = Revision.objects.order_by("pk").values_list("pk", flat=True)
    yield reverse("admin:review_compare", args=[first, first])
    yield reverse("admin:review_compare", args=[first, last])
    for each in desk.requests:
        yield reverse("admin:review_reviewrequest_change", args=[each.pk])
    for release in desk.releases:
        yield from (reverse(f"admin:review_release_{page}", args=[release.pk]) for page in RELEASE)
    for item in desk.items.values():
        yield f"{page_of(item, 'change')}?language=es"
        yield f"{gather(item)}?language=all"
    for page in ("change", "preview"):
        for item in desk.close:
            for code in CODES if item is desk.close[0] else ["en", "ar"]:
                yield f"{page_of(item, page)}?language={code}"
    for model in admin.site._registry:
        listed = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        yield f"{listed}?q=text"
        yield f"{listed}?o=1.-2&p=1&all="
    yield "/admin/jsi18n/?language=ar"
    for app, model, field in (("review", "advisor", "user"), ("topics", "topic", "guide")):
        where = f"app_label={app}&model_name={model}&field_name={field}"
        yield f"/admin/autocomplete/?term=a&{where}"


RELEASE = ("change", "undo")


def gather(item):
    return reverse("admin:review_gather", args=[item.item_type, item.key])


def page_of(item, page):
    return reverse(f"admin:{item._meta.app_label}_{item._meta.model_name}_{page}", args=[item.pk])


def snapshot():
    """Every row that matters, as plain values."""
    kept = {}
    for model in apps.get_models():
        # The bookmark follows the ledger, which is here itself.
        # Whoever opens her page of second factors is offered a new secret.
        if model._meta.app_label in ("sessions", "admin", "contenttypes", "otp_totp"):
            continue
        if model in (Bookmark, Session):
            continue
        rows = model._base_manager.order_by("pk").values()
        kept[model] = [{**row, "last_login": None} for row in rows]
    return kept


def changed(before):
    after = snapshot()
    return {model._meta.label for model in before if before[model] != after[model]}


@pytest.mark.parametrize("role", TRIED[:-1])
def test_looking_at_everything_changes_nothing_and_fails_nowhere(client, desk, role):
    enter(client, desk, role)
    before = snapshot()

    statuses = {address: client.get(address).status_code for address in addresses(desk)}

    # Who has a page open is told to others; nothing else comes of looking.
    assert changed(before) <= {"review.Presence"}
    assert not [address for address, status in statuses.items() if status >= 500]
    shown = {address for address, status in statuses.items() if status == 200}
    if role in ("anonymous", "outsider"):
        assert shown == set()
    elif role == "nobody":
        assert shown == {"/admin/jsi18n/?language=ar"}
    else:
        for item in desk.items.values():
            assert page_of(item, "change") + "?language=es" in shown


@pytest.mark.parametrize("role", TRIED)
def test_nobody_deletes_records_or_content(client, desk, role):
    enter(client, desk, role)
    before, statuses = snapshot(), {}

    def post(page, body, *args):
        address = reverse(f"{name}_{page}", args=args)
        statuses[address] = client.post(address, body).status_code

    for model in (*content_models(), *apps.get_app_config("review").get_models()):
        if model not in admin.site._registry:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        keys = [str(pk) for pk in model._default_manager.values_list("pk", flat=True)]
        for pk in (keys[0], keys[-1]):
            post("delete", {"post": "yes"}, pk)
        bulk = {"action": "delete_selected", "_selected_action": keys, "post": "yes", "index": "0"}
        post("changelist", {**bulk, "select_across": "1"})
        fields = {"key": MARK, "slug": MARK, "title_en": MARK, "name": MARK, "state": "approved"}
        row = {f"form-0-{field}": value for field, value in {**fields, "id": keys[0]}.items()}
        count = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1"}
        post("changelist", {**row, **count, "_save": "Save"})

    assert changed(before) == set()
    deleted = {status for address, status in statuses.items() if "/delete/" in address}
    assert deleted == ({302} if role in ("anonymous", "outsider") else {403})
    assert {status for status in statuses.values() if status >= 500} == set()


# -- Every button --------------------------------------------------------------------------------


def item_bodies(item, language):
    """What somebody could send to an item's page, the harmless first."""
    item = type(item)._base_manager.get(pk=item.pk)
    live = item.sign_off_in(language)
    text = {name: f"{MARK} {name}" for name in item.text_fields}
    facts = {
        **{"authors": MARK, "title": MARK, "journal": MARK, "year": "2020", "kind": "trial"},
        **{"status": "verified", "count": "1", "out_of": "2", "sources": "", "group": "ras"},
        **{"ask": ["surgeon"], "when": ["any-time"], "country": "GB", "need": "emergency"},
        **{"phone": "999"},
    }
    earlier = Revision.objects.filter(key=item.key, language=language).first()

    def whole():
        token = workflow.token(workflow.newest_revision(item, language))
        source = workflow.source_for(item)
        return {**facts, **text, "based_on": token, "source": source.pk if source else ""}

    guide = f.Guide.objects.first().pk
    place = {"at-slug": f"s-{item.pk}", "at-position": "7", "at-guide": guide}
    yield {"action": "delete_selected"}
    yield {**whole(), "action": "save", "based_on": "stale"}
    yield {**whole(), "action": "save", "origin": "human", "state": "approved", "title_en": MARK}
    yield {"action": "discard"}
    yield {**whole(), "action": "save_submit"}
    yield {"action": "recall"}
    yield {"action": "submit"}
    yield {"action": "restore", "revision": earlier.pk if earlier else ""}
    yield {"action": "reaffirm", "expected": MARK}
    yield {"action": "reaffirm", "expected": live.fingerprints if live else ""}
    yield {"action": "withdraw", "reason": f"{MARK} reason"}
    yield {"action": "structure", **place}


def kind_of(review):
    """What its page hangs on."""
    return review.state, review.language


def bad_request_bodies(review):
    """What somebody could send to a request's page that decides nothing."""
    seen = {f"fingerprints-{each.pk}": each.fingerprints for each in review.revisions.all()}
    yield {"action": "approve", **seen}
    yield {"action": "approve", "attest": "1"}
    yield {"action": "approve", "attest": "1", **dict.fromkeys(seen, "0" * 64 + ".")}
    yield {"action": "approve", "attest": "1", **seen, "fingerprints-999999": "x"}


def request_body(review, turn):
    """What decides it, by turns."""
    revisions = list(review.revisions.all())
    seen = {f"fingerprints-{each.pk}": each.fingerprints for each in revisions}
    weight = {f"significance-{each.pk}": "wording" for each in revisions}
    return [
        {"action": "approve", "attest": "1", **seen, **weight},
        {"action": "changes", "comment": f"{MARK} comment"},
        {"action": "recall"},
    ][turn % 3]


def release_bodies(release):
    """What somebody could send to a release's page."""
    for action in ("publish", "schedule", "clear", "stop", "take_out", "dissolve"):
        release = Release.objects.filter(pk=release.pk).first()
        if release is None:
            return
        held = release.requests.first()
        yield {
            **{"action": action, "seen": seen(release), "reason": MARK},
            **{"publish_at": "2999-01-01T00:00", "request": held.pk if held else ""},
        }


def plain_bodies(desk, model):
    """For the models that Django's own admin edits, and for adding content."""
    if issubclass(model, ReviewedContent):
        guide = desk.items[Guide].pk
        yield {"key": "Not A Key", "slug": "x"}
        yield {
            "key": f"new-{model._meta.model_name}",
            "slug": "new",
            "position": "1",
            "guide": guide,
        }
    else:
        yield {"username": MARK, "name": MARK, "slug": MARK, "credentials": MARK}
        yield {
            **{"user": desk.users["nobody"].pk, "name": MARK, "slug": MARK, "credentials": MARK},
            **{"interests": MARK, "languages": ["en", "es"], "active": "on", "username": MARK},
            **{"password1": f.PASSWORD, "password2": f.PASSWORD, "usable_password": "true"},
            **{"is_superuser": "on", "is_staff": "on", "state": "approved", "decision": "approve"},
        }


def posts(desk):
    """(address, body) for everything that anybody could send."""
    for item in desk.close:
        for code in CODES if item is desk.close[0] else CODES[:2]:
            for body in item_bodies(item, code):
                yield f"{page_of(item, 'change')}?language={code}", body
    for item in desk.items.values():
        for body in item_bodies(item, "en"):
            if body["action"] in ("save_submit", "withdraw", "structure"):
                yield page_of(item, "change"), body
        yield page_of(item, "preview"), {"action": "save"}
    kinds = set()
    for turn, review in enumerate(desk.requests):
        page, kind = reverse("admin:review_reviewrequest_change", args=[review.pk]), kind_of(review)
        if kind not in kinds:
            yield from ((page, body) for body in bad_request_bodies(review))
        kinds.add(kind)
        yield page, request_body(review, turn)
    for release in desk.releases:
        for body in release_bodies(release):
            yield reverse("admin:review_release_change", args=[release.pk]), body
        undone = {
            f"undo-{each.pk}": "" for each in SignOff.objects.filter(request__release=release)
        }
        undo = {**undone, "reason": MARK}
        yield reverse("admin:review_release_undo", args=[release.pk]), undo
    for item in desk.close:
        for code in CODES[:2]:
            drafts = Revision.objects.filter(state="draft", key=item.key)
            ticked = [f"{each.pk}:{each.fingerprints}" for each in drafts]
            yield f"{gather(item)}?language={code}", {"draft": ticked, "name": MARK}
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        first = model._default_manager.first()
        for body in plain_bodies(desk, model):
            yield reverse(f"{name}_add"), body
            if first is not None and not issubclass(model, ReviewedContent):
                yield reverse(f"{name}_change", args=[first.pk]), body
    yield from about_people(desk)
    for name in ("index", "jsi18n", "autocomplete", "password_change", "login"):
        yield reverse(f"admin:{name}"), {"action": "save", "old_password": MARK}


def about_people(desk):
    """Invitations, an advisor's own pages, her leaving, and asking for a re-review."""
    invited = Invitation.objects.first()
    page = reverse("admin:review_invitation_change", args=[invited.pk])
    for action in ("resend", "confirm", "send_back", "nonsense"):
        yield page, {"action": action, "reason": MARK}
    yield "/admin/review/invitation/add/", {"name": MARK, "email": "x@example.org"}
    yield desk.link, {"username": "not a name"}
    yield "/admin/review/welcome/forged/", {"username": MARK}
    yield "/admin/review/details/", {"credentials": MARK, "interests": MARK}
    days = {"first": "2126-01-01", "last": "2126-01-02"}
    yield "/admin/review/absences/", {"action": "enter", **days}
    other = Advisor.objects.exclude(user=desk.users["advisor"]).first()
    for page in ("leave", "absences"):
        address = reverse(f"admin:review_advisor_{page}", args=[other.pk])
        yield address, {"action": "nonsense"}
        yield address, {"action": "reinstate", "reason": MARK}
        yield address, {"action": "enter", **days}
    text = {"item_type": "topics.topic", "key": desk.close[0].key, "language": "es"}
    yield "/admin/review/recheck/", {**text, "reason": MARK}
    for report in Report.objects.all():
        for action in ("nonsense", "forget", "dismiss", "answer", "open"):
            page = reverse("admin:review_report_change", args=[report.pk])
            yield page, {"action": action, "reason": MARK}


def may(role, what):
    """Which records a role may have changed: the rest must be as before."""
    text = {"review.Revision", "review.RevisionAuthor", "review.ReviewRequest"}
    text |= {
        "review.Release",
        "review.LedgerEntry",
        "review.Standing",
        "review.Comment",
        "review.Rival",
        "review.Worksheet",
        "review.MemoryUnit",
    }
    structure = {model._meta.label for model in content_models()} | {"review.FormerSlug"}
    decide = {"review.SignOff", "review.LedgerEntry", "review.Revision", "review.ReviewRequest"}
    decide |= {"review.Release", "review.Standing", "review.Recheck", "review.Comment"}
    decide |= {"review.MemoryUnit"}
    # Who looks at what, who is told, and who chose what: no more than that person's own.
    own = {"review.Presence", "review.Notice", "review.Preference", "review.ReviewLink"}
    own |= {"review.Advisor", "review.Absence"} if "advisor" in role or "signs" in role else set()
    what = what - own
    text |= {"review.Recheck"}
    allowed = {
        "editor": text | structure | {"review.Report"},
        "translator": text,
        "advisor": decide | {"review.Report", *(model._meta.label for model in content_models())},
        "editor who signs": text | structure | decide | {"review.Report"},
    }
    return what <= allowed.get(role, set())


@pytest.mark.parametrize("role", TRIED)
def test_every_button_in_every_hand_keeps_the_rules(client, desk, role):
    enter(client, desk, role)
    before, statuses = snapshot(), {}
    rows = {model: structures(model) for model in content_models()}
    signed = set(SignOff.objects.values_list("pk", flat=True))

    for address, body in posts(desk):
        response = client.post(address, body)
        tried = statuses.setdefault(response.status_code, [])
        tried.append(f"{address} {body.get('action', '')}")

    assert [tried for status, tried in statuses.items() if status >= 500] == []
    assert list(verification.problems()) == []
    user = desk.users.get(role)
    made = SignOff.objects.exclude(pk__in=signed)
    assert_nothing_posted_is_public()
    written = set(
        RevisionAuthor.objects.filter(user=user).values_list("revision__language", flat=True)
    )
    if role in WITHOUT_RIGHTS:
        assert changed(before) == set()
        shown = {each.split()[0] for each in statuses.pop(200, [])}
        assert shown <= {"/admin/", "/admin/login/", "/admin/password_change/", desk.link}
        # Who is signed in is told to sign out before accepting an invitation.
        assert {each.split()[0] for each in statuses.pop(409, [])} <= {desk.link}
        assert set(statuses) <= {302, 403, 404, 405}
    elif role != "admin":
        assert may(role, changed(before)), changed(before)
    if role in ("translator", "advisor"):
        assert {model: structures(model) for model in content_models()} == rows
    assert written == {
        "editor": {"en"},
        "translator": {"es"},
        # The originals were withdrawn a moment before: nothing new begins from their drafts.
        "admin": {"en", "es"},
        "editor who signs": {"en"},
    }.get(role, set())
    decisions = set(made.values_list("decision", "language"))
    assert decisions == {
        "advisor": {("approve", "en"), ("withdraw", "en"), ("withdraw", "es"), ("reaffirm", "en")},
        # Not what they wrote themselves a moment before.
        "editor who signs": {("approve", "es"), ("withdraw", "en"), ("withdraw", "es")},
        "admin": {("withdraw", "en"), ("withdraw", "es")},
    }.get(role, set())
    assert not made.filter(decision="approve").exclude(user=user).exists()


def structures(model):
    return list(model._base_manager.order_by("pk").values("key", *model.structure_fields))


def assert_nothing_posted_is_public():
    """No word that was posted stands in a column that readers get: nobody else signed it."""
    for model in content_models():
        for row in model._base_manager.values():
            for name, value in row.items():
                assert MARK not in str(value), f"{model._meta.label} {row['key']}.{name}"


# -- Bad parameters ------------------------------------------------------------------------------

BAD_KEYS = ["999999", "abc", "²", "0", "-1", "1 OR 1=1", "9" * 30, "%00", "..%2f", "1/2"]
BAD_QUERIES = [
    *("language=xx", "language=", "language=%00", "language=en&language=es", "language=EN"),
    *(
        "o=99",
        "o=abc",
        "p=999",
        "p=abc",
        "q=%00",
        "q=%25_%5C%22'",
        "all=",
        "e=1",
        "q=" + "a" * 3000,
    ),
    *("state__exact=%00", "state__exact=none", "language__exact=xx", "none=1", "key__icontains=a"),
    *("_popup=1", "_to_field=key", "_to_field=password", "_changelist_filters=%00", "%ff=%fe"),
    *("demonstration__exact=2", "sign_off_en__user__password__startswith=p", "facts__a=1"),
]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_item_that_is_none_is_not_found(client, desk, key):
    enter(client, desk, "admin")

    for before in (
        "/admin/topics/topic/",
        "/admin/review/reviewrequest/",
        "/admin/review/advisor/",
    ):
        statuses = {
            page: client.get(f"{before}{key}/{page}/").status_code
            for page in ("change", "history", "preview", "delete", "preview/1")
        }
        posted = client.post(f"{before}{key}/change/", {"action": "recall"}).status_code

        assert set(statuses.values()) <= {302, 403, 404}, statuses
        assert posted in (302, 404)


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_bad_parameters_fail_nowhere(client, desk, query):
    enter(client, desk, "admin")
    item = desk.close[0]

    statuses = {
        address: client.get(f"{address}?{query}").status_code
        for address in (
            *("/admin/topics/topic/", "/admin/review/reviewrequest/", "/admin/review/signoff/"),
            *("/admin/review/ledgerentry/", "/admin/review/advisor/", "/admin/auth/user/"),
            "/admin/topics/topic/add/",
            page_of(item, "change"),
            page_of(item, "preview"),
            reverse("admin:review_reviewrequest_change", args=[desk.requests[0].pk]),
            *("/admin/", "/admin/jsi18n/"),
        )
    }

    assert {path: status for path, status in statuses.items() if status >= 500} == {}


@pytest.mark.parametrize("language", ["xx", "EN", "en ", "%00", "²"])
def test_language_that_is_none_is_not_found(client, desk, language):
    enter(client, desk, "admin")
    item = desk.close[0]

    for page in ("change", "preview"):
        assert client.get(f"{page_of(item, page)}?language={language}").status_code == 404
    posted = client.post(f"{page_of(item, 'change')}?language={language}", {"action": "discard"})
    assert posted.status_code == 404


@pytest.mark.parametrize(
    "where",
    [
        "app_label=auth&model_name=user&field_name=password",
        "app_label=none&model_name=none&field_name=none",
        "app_label=%00&model_name=&field_name=",
        "",
    ],
)
def test_autocomplete_answers_for_declared_fields_only(client, desk, where):
    enter(client, desk, "admin")

    assert client.get(f"/admin/autocomplete/?term=a&{where}").status_code == 403


def test_words_that_search_cannot_take_find_nothing(client, desk):
    enter(client, desk, "editor")

    for words in ('"', "\\", "%", "_", "'; DROP TABLE topics_topic; --", "\ud7ff", "🙂"):
        response = client.get(reverse("admin:topics_topic_changelist"), {"q": f"{words}zz"})

        assert response.status_code == 200
        assert response.context["cl"].result_count == 0
