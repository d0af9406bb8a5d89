"""The desk of a site on loopback, as a process of its own: does what it is told line by line.

``{"do": name, ...}`` on standard input, one line of JSON back; see ``tests/loopback.py``.
"""

import json
import os
import sys
import time
from datetime import timedelta

import django


class Desk:
    """Each method is an order; it commits before it answers."""

    def __init__(self):
        from tests import factories as f

        self.f = f
        self.people, self.items = f.People(), {}

    def migrate(self):
        from django.core.management import call_command

        call_command("migrate", verbosity=0)

    def publish(self, slugs):
        """A guide and, in it, a public FAQ for each slug; "Text" is its word."""
        f, people = self.f, self.people
        if "guide" not in self.items:
            guide = self.items["guide"] = f.make_guide(slug="liver")
            f.make_public(people, guide)
            for page in ("about", "licence"):
                f.make_public(people, f.make_page_item(slug=page))
        for slug in slugs:
            item = self.items[slug] = f.make_faq(self.items["guide"], slug=slug)
            f.make_public(people, item)

    def withdraw(self, slug):
        from review import workflow

        workflow.withdraw(self.items[slug], "en", by=self.people.advisor, reason="wrong")
        return time.time()

    def session(self):
        """A cookie of the editor, as if she had signed in with both factors."""
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

        from review.desk.signing_in import SETTLED
        from review.sessions import SessionStore

        user, store = self.people.editor, SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store[SETTLED] = True
        store.save()
        return store.session_key

    def ask(self, advisors):
        """Put a text before so many advisors, none of whom was told of anything yet."""
        names = []
        for _ in range(advisors):
            user = self.f.make_advisor()
            user.email = f"{user.username}@example.org"
            user.save(update_fields=["email"])
            names.append(user.email)
        self.f.submit(self.people, self.f.make_faq(self.items["guide"]))
        return names

    def queue(self, task):
        from review import tasks

        getattr(tasks, task).enqueue()

    def ten_minutes_pass(self):
        from django.db.models import F

        from review.models import Notice

        held = Notice.objects.filter(problem="being sent")
        return held.update(sent_at=F("sent_at") - timedelta(minutes=11))

    def waiting(self):
        """Notices that were not sent, and jobs of each state."""
        from django_tasks_db.models import DBTaskResult

        from review.models import Notice

        jobs = list(DBTaskResult.objects.order_by("enqueued_at").values_list("status", flat=True))
        return Notice.objects.exclude(sent_at__isnull=False, problem="").count(), jobs

    # -- For faults ------------------------------------------------------------------------------

    def names(self):
        people = self.people
        return {
            "editor": people.editor.username,
            "second": people.second_editor.username,
            "third": self.f.make_user(
                None, *people.editor.groups.values_list("name", flat=True)
            ).username,
            "advisor": people.advisor.username,
        }

    def request(self, texts, minutes=None):
        """So many new sections before an advisor; ``minutes``: signed, public after them."""
        from django.urls import reverse
        from django.utils import timezone

        from review import workflow

        topics = [self.f.make_topic(self.items["guide"]) for _ in range(texts)]
        drafts = [self.f.save(topic, "en", self.people.editor) for topic in topics]
        request = workflow.submit(drafts, by=self.people.editor)
        self.items[request.pk] = topics
        if minutes is not None:
            at = timezone.now() + timedelta(minutes=minutes)
            self.f.sign(self.people, request, publish_at=at)
        return {
            "pk": request.pk,
            "address": reverse("admin:review_reviewrequest_change", args=[request.pk]),
            "page": topics[0].get_absolute_url(),
        }

    def to_write(self, many):
        """Sections without a text, and where each is written."""
        from django.urls import reverse

        topics = [self.f.make_topic(self.items["guide"]) for _ in range(many)]
        return [
            [topic.key, reverse("admin:topics_topic_change", args=[topic.pk]) + "?language=en"]
            for topic in topics
        ]

    def became(self, pk):
        """(state, sign-offs, sections that readers get, lines that published one) of a request."""
        from review.models import LedgerEntry, ReviewRequest, SignOff
        from topics.models import Topic

        keys = [topic.key for topic in self.items[pk]]
        return [
            ReviewRequest.objects.get(pk=pk).state,
            SignOff.objects.filter(request=pk).count(),
            Topic.objects.public("en").filter(key__in=keys).count(),
            LedgerEntry.objects.filter(event="item:publish", key__in=keys).count(),
        ]

    def drafts(self):
        """Key to text of every draft."""
        from review.models import Revision

        found = Revision.objects.filter(state=Revision.State.DRAFT)
        return {revision.key: revision.text for revision in found}

    def counted(self):
        """How many rows the records hold."""
        from review.models import LedgerEntry, Revision, SignOff
        from topics.models import Guide, Topic

        return [each.objects.count() for each in (Revision, SignOff, LedgerEntry, Guide, Topic)]

    def problems(self):
        """What ``manage.py verify`` would find."""
        from review import verification

        return list(map(str, verification.problems()))

    def mails(self):
        """Notices that wait, and what is noted of why."""
        from review.models import Notice

        waiting = Notice.objects.filter(sent_at=None)
        return [waiting.count(), sorted(set(waiting.values_list("problem", flat=True)))]


def main():
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is printed is no answer
    django.setup()
    from django.db import connection

    from review import quality

    quality._checks.clear()  # nonsense on purpose, as in tests/conftest.py
    desk = Desk()
    for line in sys.stdin:
        order = json.loads(line)
        found = getattr(desk, order.pop("do"))(**order)
        connection.close()  # the database may be another process by the next order
        out.write(json.dumps(found) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
