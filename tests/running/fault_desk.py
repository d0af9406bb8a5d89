"""What tests of faults have done at the desk, by a process of its own (``tests/loopback_desk.py``
reads the orders)."""

from datetime import timedelta

from tests import loopback_desk


class Desk(loopback_desk.Desk):
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


if __name__ == "__main__":
    loopback_desk.Desk = Desk
    loopback_desk.main()
