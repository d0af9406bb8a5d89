"""The visit plan: what a reader may tick, and which questions and topics fit which tick.

The whole plan is on the page. Ticks have numbered classes, and a static stylesheet shows what bears
the number of a tick (docs/decisions/0003-the-visit-plan.md): nothing is asked of the server."""

from review.readers import with_parent
from topics.models import Guide

from .models import DoctorQuestion, Group, Situation

# How many ticks static/visit-plan.css knows. What depends on a tick beyond it is always shown.
SLOTS = 60


class VisitPlan:
    """What one reader's page holds, rendered in reading order."""

    def __init__(self, reader):
        self._rendering = reader.rendering
        situations = reader.items(Situation.objects.all())
        questions = reader.items(DoctorQuestion.objects.all())
        self._rendering.load(*situations, *questions)
        self.groups = _groups(situations)
        self._situations = {each.key: each for group in self.groups for each in group["choices"]}
        _number(self._situations.values())
        self._draw(self._situations.values())
        self.unknown = [each for each in self._situations.values() if each.unknown]
        self.fitting, self.for_everybody = self._questions(questions)
        self.topics = self._topics(reader)

    @property
    def signed(self):
        """Who signed what stands here, and the first day on which a review is due."""
        shown = [*self._situations.values(), *self.fitting, *self.for_everybody]
        approvals = [each.approval for each in shown if each.approval]
        names = list(dict.fromkeys(each.name for each in approvals))
        return {"names": names, "due": min((each.next_review for each in approvals), default=None)}

    @property
    def classes(self):
        """Those of a part of the page that is there for any of the situations, or the questions."""
        return {
            "unknown": _classes(self.unknown),
            "fitting": _together(self.fitting),
            "topics": _together(self.topics),
        }

    def _draw(self, items):
        for each in items:
            self._rendering.draw(each, heading=4)

    def _questions(self, questions):
        """(those for some situations, those for everybody); a question whose situations were all
        taken down cannot be ticked for, and is better shown to too many than to nobody."""
        for each in questions:
            keys = each.facts.get("situations", [])
            each.fits = _classes([self._situations[key] for key in keys if key in self._situations])
        fitting = [each for each in questions if each.fits]
        for_everybody = [each for each in questions if not each.fits]
        self._draw([*fitting, *for_everybody])
        return fitting, for_everybody

    def _topics(self, reader):
        """The topics that some situation names, in the order of their guides."""
        wanted = {}
        for situation in self._situations.values():
            for topic in situation.related["topics"]:
                wanted.setdefault(topic.key, (topic, []))[1].append(situation)
        topics = []
        for topic, situations in wanted.values():
            topic.html, topic.fits = self._rendering.lines(topic), _classes(situations)
            topics.append(topic)
        topics.sort(key=lambda topic: topic.position)
        return list(with_parent(topics, "guide", reader.items(Guide.objects.all())))


def _groups(situations):
    """Groups in the order of their first situation; what is not known comes first in each."""
    groups = {}
    for each in situations:
        groups.setdefault(each.facts["group"], []).append(each)
    return [
        {
            "key": key,
            "label": Group(key).label,
            "choices": sorted(choices, key=lambda each: not each.unknown),
            "says_unknown": any(each.unknown for each in choices),
        }
        for key, choices in groups.items()
    ]


def _number(situations):
    for number, each in enumerate(situations, start=1):
        each.slot = number if number <= SLOTS else None
        each.group_label = Group(each.facts["group"]).label
        each.fits = _classes([each])


def _classes(situations):
    """The classes of what is shown while one of the situations is ticked; "": it always is."""
    slots = {each.slot for each in situations}
    if not slots or None in slots:
        return ""
    return " ".join(["fits", *(f"fits-{slot}" for slot in sorted(slots))])


def _together(items):
    """The classes of what is shown while any of the items is."""
    if not all(each.fits for each in items):
        return ""
    return " ".join(dict.fromkeys(name for each in items for name in each.fits.split()))
