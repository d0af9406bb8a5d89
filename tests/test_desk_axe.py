"""axe over every page of the desk, as the role that uses it: in English on a wide light screen, in
Arabic on a small dark one. Nothing serious, nothing critical, nothing that scrolls sideways."""

from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from evidence.models import Arrival
from review import discussion, groups, invitations, reports, workflow
from review import people as work
from review.models import (
    Absence,
    Delivery,
    LedgerEntry,
    ParkedUnit,
    Preference,
    Revision,
    Rival,
    SignOff,
)
from review.notices import links
from tests import factories as f
from tests.browsers import violations
from tests.test_story import fits

WIDE = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", "locale": "en-GB"}
SMALL = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "locale": "ar"}
OPTIONS = {"resultTypes": ["violations"], "preload": False}
# What Django's own admin does, in markup that this site does not write: (rule, part of the target).
DJANGOS = [
    ("aria-prohibited-attr", ".search-label-icon"),  # the help beside the boxes of groups
    ("label", "#id_last_login_"),  # a day and a time under one label
    ("label", "#id_date_joined_"),
]


class Asked(NamedTuple):
    """A page, or what a form on it is answered with."""

    address: str
    form: str = ""
    typed: dict = {}
    status: int = 200


class Site:
    """A site on which every page of the desk has something to show."""

    def __init__(self, language):
        self.language = language
        people = self.people = f.People()
        self.editor, self.advisor = people.writer_of("en"), people.signer_of("en")
        self.translator, self.spanish = people.writer_of("es"), people.signer_of("es")
        for person in (self.editor, self.advisor, self.translator, self.spanish, people.admin):
            Preference.objects.create(user=person, language=language)
        whole = self.whole = f.WholeGuide(topics=3)
        whole.publish(people)
        whole.publish(people, "es")
        self._review()
        self._conflict()
        self._release()
        self._translations()
        self._people()

    def draft(self, item, language="en", word="New"):
        writer = self.people.writer_of(language)
        text, facts = f.whole_text(item, language)
        text = {name: value.replace("Cited", f"{word} Cited") for name, value in text.items()}
        name = next(iter(text))
        return f.save(item, language, writer, {**text, name: f"{word} words here"}, facts)

    def _review(self):
        whole = self.whole
        due = timezone.localdate() + timedelta(days=1)
        drafts = [self.draft(each) for each in (whole.guide, whole.topics[0], whole.faqs[0])]
        drafts.append(self.draft(whole.terms[0]))
        asked = {"summary": "All of it", "assigned_to": self.advisor.advisor, "due": due}
        self.request = workflow.submit(drafts, by=self.editor, **asked)
        thread = discussion.say(drafts[1], by=self.advisor, text="Not so", quote="New words here")
        discussion.say(drafts[1], by=self.editor, text="Why?", parent=thread)
        said = discussion.say(drafts[2], by=self.advisor, text="Well said")
        discussion.resolve(said, by=self.editor)
        self.link = links.link_to(self.request, self.advisor)
        self.translated = self.draft(whole.topics[0], "es")
        spanish = workflow.submit([self.translated], by=self.translator)
        self.spanish_request = spanish
        back = workflow.submit([self.draft(whole.topics[2])], by=self.editor)
        discussion.say(back.revisions.get(), by=self.advisor, text="Look at it again")
        workflow.request_changes(back, by=self.advisor, comment="The number is another")
        later = workflow.submit([self.draft(whole.faqs[2])], by=self.editor)
        soon = timezone.now() + timedelta(days=3)
        self.scheduled = later
        f.sign(self.people, later, by=self.advisor, publish_at=soon)

    def _conflict(self):
        topic = self.whole.topics[1]
        theirs = self.draft(topic)
        self.rival = Rival.objects.create(
            **{"item_type": topic.item_type, "key": topic.key, "language": "en"},
            **{"user": self.editor, "text": {**theirs.text, "title": "Mine"}, "facts": None},
            **{"base_text": f.whole_text(topic, "en")[0], "theirs": theirs, "at": timezone.now()},
        )

    def _release(self):
        self.release = workflow.make_release("Spring", by=self.editor)
        text = self.draft(self.whole.faqs[1])
        self.gathering = workflow.make_release("Summer", by=self.editor)
        request = workflow.submit([text], by=self.editor, release=self.release)
        f.approve(self.people, request, by=self.advisor)
        item = f.make_page_item()
        workflow.submit([f.save(item, "en", self.editor)], by=self.editor, release=self.gathering)
        self.release.refresh_from_db()
        assert self.release.state == "published"
        reason = "A new guideline"
        work.recheck(self.whole.faqs[1], "en", by=self.people.admin, reason=reason)

    def _translations(self):
        topic, now = self.whole.topics[0], timezone.now()
        named = {"item_type": topic.item_type, "key": topic.key, "language": "es"}
        delivery = Delivery.objects.create(
            **{"digest": "d", "language": "es", "name": "texts.xlf", "at": now},
            **{"user": self.translator, "saved_by": "Translator"},
        )
        ParkedUnit.objects.create(
            **{**named, "delivery": delivery, "field": "body"},
            **{"source": "Old words", "text": "Otras palabras", "why": "made from an older one"},
        )
        public = workflow.fresh(topic).sign_off_in("en")
        self.report = reports.receive(public, "mistake", "The number is wrong.", "en")
        facts = {"title": "Something new", "authors": "New A", "journal": "J", "year": 2026}
        for place in (topic, self.whole.topics[1]):
            Arrival.objects.create(
                **{"item_type": place.item_type, "key": place.key, "facts": facts, "way": "file"},
                **{"nearness": 0.5, "arrived_at": now, "abstract": "We treated people."},
            )

    def _people(self):
        today, admin = timezone.localdate(), self.people.admin
        Absence.objects.create(
            advisor=self.advisor.advisor,
            deputy=self.people.second_advisor.advisor,
            **{"first": today + timedelta(days=9), "last": today + timedelta(days=12)},
        )
        names = {"by": admin, "codes": ["en"]}
        self.open = invitations.invite("Open", "open@example.org", groups.ADVISORS, **names)
        self.taken = invitations.invite("Taken", "taken@example.org", groups.ADVISORS, **names)
        link = invitations.token(self.taken, "en")
        details = {"name": "Dr Taken", "credentials": "MD", "interests": "None"}
        invitations.accept(link, "taken", f.PASSWORD, **details)
        self.careful = f.make_user("careful", is_superuser=True)
        TOTPDevice.objects.create(user=self.careful, name="app", confirmed=True)

    def pages(self):
        """(role, address) of every page of the desk."""
        topic, other = self.whole.topics[0], self.whole.topics[1]
        change = reverse("admin:topics_topic_change", args=[topic.pk])
        back = reverse("admin:topics_topic_change", args=[self.whole.topics[2].pk])
        mine = reverse("admin:topics_topic_merge", args=[other.pk])
        question = reverse("admin:faq_doctorquestion_change", args=[self.whole.items[-2].pk])
        gather = self._review_page("gather", "topics.guide", self.whole.guide.key)
        history = self._review_page("history", topic.item_type, topic.key)
        newest = Revision.objects.filter(key=topic.key, language="en").order_by("-pk")
        request = self._review_page("reviewrequest_change", self.request.pk)
        spanish = self._review_page("reviewrequest_change", self.spanish_request.pk)
        compare = self._review_page("compare", newest[1].pk, newest[0].pk)
        scheduled = self._review_page("reviewrequest_change", self.scheduled.pk)
        release = self._review_page("release_change", self.release.pk)
        undo = self._review_page("release_undo", self.release.pk)
        link = urlsplit(links.address(self.link)).path
        doctor = self.advisor.advisor.pk
        invited = invitations.token(self.open, self.language)
        self.refused = {self._review_page("welcome", "nothing"): 404, link: 403}
        yield from [
            (None, reverse("admin:login")),
            (None, self._review_page("welcome", invited)),
            (None, self._review_page("welcome", "nothing")),
            (self.spanish, link),
        ]
        for person in (self.editor, self.advisor, self.translator, self.people.admin):
            yield person, "/admin/"
        yield from (
            (self.editor, address)
            for address in [
                *("/admin/?list=drafts", "/admin/topics/topic/"),
                *("/admin/topics/topic/add/", change, back, question, f"{mine}?language=en"),
                *(gather, f"{history}?language=en", compare),
                *(f"{compare}?view=source", request),
                *(reverse("admin:topics_topic_retire", args=[topic.pk]),),
                *(self._review_page("release_changelist"), self._review_page("release_add")),
                *(self._review_page("release_change", self.gathering.pk),),
                *(self._review_page("reviewrequest_changelist"), scheduled),
            ]
        )
        yield from (
            (self.advisor, address)
            for address in [
                *(f"{request}?view=read", f"{request}?view=changes", f"{request}?view=source"),
                *(release, undo, self._review_page("preference")),
                *(self._review_page("details"), self._review_page("absences"), change),
                *(self._review_page("revision_change", newest[0].pk),),
                *(self._review_page("revision_changelist"),),
                *(self._review_page("signoff_changelist"),),
                *(self._review_page("signoff_change", SignOff.objects.first().pk),),
            ]
        )
        yield from [
            (self.translator, f"{change}?language=es"),
            (self.spanish, f"{spanish}?view=source"),
        ]
        yield from self._pages_of_translations()
        yield from self._pages_of_evidence()
        yield from self._pages_of_accounts()
        yield from (
            (self.people.admin, self._review_page(*page))
            for page in [
                *(
                    ["ledgerentry_changelist"],
                    ["ledgerentry_change", LedgerEntry.objects.first().number],
                ),
                *(["invitation_changelist"], ["invitation_add"]),
                *(["invitation_change", self.open.pk], ["invitation_change", self.taken.pk]),
                *(["advisor_changelist"], ["advisor_change", doctor], ["advisor_leave", doctor]),
                ["advisor_absences", doctor],
            ]
        )
        yield self.people.admin, reverse("admin:auth_user_change", args=[self.advisor.pk])

    def _pages_of_translations(self):
        board, parked = self._review_page("board"), self._review_page("parked")
        topic, changed = self.whole.topics[0], self.whole.faqs[1]
        yield self.editor, board
        yield from (
            (self.translator, address)
            for address in [
                *(board, f"{board}?language=es&state=to-do&order=next", f"{parked}?language=es"),
                self._review_page("import") + "?language=es",
                reverse("admin:topics_topic_translate", args=[topic.pk]) + "?language=es",
                reverse("admin:faq_faq_translate", args=[changed.pk]) + "?language=es",
            ]
        )
        yield self.editor, self._review_page("report_changelist")
        yield self.editor, self._review_page("report_change", self.report.pk)

    def _pages_of_evidence(self):
        """Sources and what is new about them, scorecards, re-reviews, previews, the other kinds."""
        topic, guide = self.whole.topics[0], self.whole.guide
        kinds = {each._meta.db_table: each for each in reversed(self.whole.items)}
        yield from (
            (self.editor, reverse(f"admin:{name}_change", args=[each.pk]))
            for name, each in kinds.items()
            if name not in ("topics_topic", "faq_doctorquestion")
        )
        take, watch = reverse("admin:evidence_source_take"), reverse("admin:evidence_watch")
        of = reverse("admin:evidence_watch_of", args=[topic.item_type, topic.key])
        card = self._review_page("scorecard", guide.item_type, guide.key)
        change = reverse("admin:topics_topic_change", args=[topic.pk])
        yield from [
            (self.editor, reverse("admin:evidence_source_changelist")),
            (self.editor, Asked(take, "#content form", {"names": ""}, 400)),
            (self.editor, Asked(take, "#content form", {"names": "10.1000/new-one"})),
            *((self.editor, watch), (self.advisor, of)),
            *((self.editor, card), (self.spanish, f"{card}?language=es")),
            (self.advisor, Asked(change, "form.recheck", {}, 409)),
            (self.editor, reverse("admin:topics_topic_preview", args=[topic.pk])),
            (self.advisor, self._review_page("history", guide.item_type, guide.key)),
        ]

    def _pages_of_accounts(self):
        """Signing in, sessions and second factors, words forgotten, people and groups."""
        admin = self.people.admin
        user = reverse("admin:auth_user_change", args=[self.editor.pk])
        yield from [
            (None, reverse("admin_password_reset")),
            (None, reverse("password_reset_done")),
            (None, reverse("password_reset_confirm", args=["MQ", "set-password"])),
            (None, reverse("password_reset_complete")),
            (self.careful, self._review_page("second")),
            *((self.advisor, self._review_page("safety")), (admin, self._review_page("safety"))),
            (admin, self._review_page("safety_of", self.editor.pk)),
            (self.editor, reverse("admin:password_change")),
            *((admin, reverse("admin:auth_user_changelist")), (admin, user)),
            (admin, reverse("admin:auth_user_delete", args=[self.editor.pk])),
            (admin, reverse("admin:auth_user_password_change", args=[self.editor.pk])),
            *((admin, reverse("admin:auth_user_add")), (admin, reverse("admin:auth_group_add"))),
            (admin, reverse("admin:app_list", args=["review"])),
        ]

    def _review_page(self, name, *args):
        return reverse(f"admin:review_{name}", args=args)


class Reader:
    """Browsers of a kind, one a person, that read pages with axe."""

    def __init__(self, started, base, options):
        self.browser, self.base, self.options, self.pages = started, base, options, {}

    def _page(self, user):
        if user not in self.pages:
            context = self.browser.new_context(base_url=self.base, **self.options)
            if user:
                client = Client()
                client.force_login(user)
                value = client.cookies[settings.SESSION_COOKIE_NAME].value
                context.add_cookies(
                    [{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": self.base}]
                )
            self.pages[user] = context.new_page()
        return self.pages[user]

    def _send(self, page, asked):
        for name, value in asked.typed.items():
            page.locator(f"{asked.form} [name={name}]").fill(value)
        with page.expect_navigation() as answered:
            page.locator(asked.form).evaluate("(form) => form.submit()")
        return answered.value

    def wrong(self, user, asked):
        """What axe finds serious on that page, a line each."""
        page, address = self._page(user), asked.address
        answer = page.goto(address)
        if asked.form:
            answer = self._send(page, asked)
        assert answer.status == asked.status, address
        strangers = ("/login/", "/welcome/", "/password_reset/")
        assert (user is None) == any(each in page.url for each in strangers), page.url
        if not fits(page):
            yield f"{address} ({user}): wider than the screen"
        for found in violations(page, OPTIONS):
            for node in found["nodes"]:
                target = " ".join(map(str, node["target"]))
                djangos = any(found["id"] == rule and part in target for rule, part in DJANGOS)
                if found["impact"] in ("serious", "critical") and not djangos:
                    yield f"{address} ({user}): {found['id']}: {target}: {node['html'][:200]}"


@pytest.mark.parametrize(
    ("language", "options"), [("en", WIDE), ("ar", SMALL)], ids=["english-wide", "arabic-small"]
)
def test_axe_finds_nothing_serious_on_any_page_of_the_desk(
    browser,
    live_server,
    language,
    options,
):
    site = Site(language)
    reader = Reader(browser, live_server.url, options)

    wrong = []
    for user, address in site.pages():
        if not isinstance(address, Asked):
            address = Asked(address, status=site.refused.get(address, 200))
        wrong += reader.wrong(user, address)

    assert wrong == [], "\n".join(wrong)
