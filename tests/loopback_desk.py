"""The desk of a site on loopback, as a process of its own: does what it is told line by line.

``{"do": name, ...}`` on standard input, one line of JSON back; see ``tests/loopback.py``.
"""

import json
import os
import sys
import time

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
        """A cookie of the editor, as if she had signed in."""
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        user, store = self.people.editor, SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
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
        from datetime import timedelta

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
