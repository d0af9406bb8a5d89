"""What tests are made of. Each factory takes only what the test is about."""

from functools import cached_property

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from evidence.models import KeyFigure, Source
from faq.models import FAQ, DoctorQuestion, Situation
from glossary.models import Term
from reading.models import CallToAction, Contact, Page
from review import groups, languages, workflow
from review.models import Advisor
from topics.models import Analogy, Guide, Topic

PASSWORD = "a long password for tests"

SOURCE_FACTS = {
    "authors": "Smith J",
    "title": "A study",
    "journal": "A journal",
    "year": 2020,
    "kind": "trial",
    "status": "verified",
}

_made = {"count": 0}


def unique(prefix):
    _made["count"] += 1
    return f"{prefix}-{_made['count']}"


def make_user(username=None, *group_names, **flags):
    user = get_user_model().objects.create_user(
        username or unique("user"), password=PASSWORD, is_staff=True, **flags
    )
    user.groups.set(Group.objects.filter(name__in=group_names))
    return user


def make_advisor(username=None, *codes, **fields):
    user = make_user(username, groups.ADVISORS)
    make_advisor_of(user, *codes, **fields)
    return user


def make_advisor_of(user, *codes, **fields):
    """The advisor record of somebody who is there already."""
    defaults = {
        "name": f"Dr {user.username}",
        "slug": user.username,
        "credentials": "MD",
        "interests": "None declared",
        "languages": list(codes or ["en"]),
    }
    return Advisor.objects.create(user=user, **{**defaults, **fields})


class People:
    """One person a role, made when first asked for."""

    @cached_property
    def editor(self):
        return make_user(unique("editor"), groups.EDITORS)

    @cached_property
    def second_editor(self):
        return make_user(unique("editor"), groups.EDITORS)

    @cached_property
    def translator(self):
        """Writes Spanish."""
        return make_user(unique("translator"), groups.translators("es"))

    @cached_property
    def advisor(self):
        """Signs English."""
        return make_advisor(unique("advisor"), "en")

    @cached_property
    def second_advisor(self):
        return make_advisor(unique("advisor"), "en")

    @cached_property
    def spanish_advisor(self):
        return make_advisor(unique("advisor"), "es")

    @cached_property
    def writing_advisor(self):
        """Writes English and Spanish, and signs both."""
        user = make_advisor(unique("writing-advisor"), "en", "es")
        user.groups.add(*Group.objects.filter(name__in=[groups.EDITORS, groups.translators("es")]))
        return user

    @cached_property
    def admin(self):
        return make_user(unique("admin"), is_superuser=True)

    @cached_property
    def nobody(self):
        """Staff without any group."""
        return make_user(unique("nobody"))

    def writer_of(self, language):
        """Somebody who writes that language and signs nothing."""
        group = groups.EDITORS if language == languages.source() else groups.translators(language)
        found = self._of.get(("writer", language)) or make_user(unique("writer"), group)
        return self._of.setdefault(("writer", language), found)

    def signer_of(self, language):
        """Somebody who signs that language and writes nothing."""
        found = self._of.get(("signer", language)) or make_advisor(unique("signer"), language)
        return self._of.setdefault(("signer", language), found)

    @cached_property
    def _of(self):
        return {}


def make_guide(**fields):
    key = fields.pop("key", None) or unique("guide")
    return Guide.objects.create(key=key, slug=fields.pop("slug", key), **fields)


def make_topic(guide=None, **fields):
    key = fields.pop("key", None) or unique("topic")
    guide = guide or make_guide()
    return Topic.objects.create(key=key, slug=fields.pop("slug", key), guide=guide, **fields)


def make_analogy(**fields):
    return Analogy.objects.create(key=fields.pop("key", None) or unique("analogy"))


def make_source(**fields):
    return Source.objects.create(key=fields.pop("key", None) or unique("source"))


def make_figure(**fields):
    return KeyFigure.objects.create(key=fields.pop("key", None) or unique("figure"))


def make_situation(**fields):
    return Situation.objects.create(key=fields.pop("key", None) or unique("situation"), **fields)


def make_faq(guide=None, **fields):
    key = fields.pop("key", None) or unique("faq")
    guide = guide or make_guide()
    return FAQ.objects.create(key=key, slug=fields.pop("slug", key), guide=guide, **fields)


def make_term(**fields):
    key = fields.pop("key", None) or unique("term")
    return Term.objects.create(key=key, slug=fields.pop("slug", key), **fields)


def make_page_item(**fields):
    key = fields.pop("key", None) or unique("page")
    return Page.objects.create(key=key, slug=fields.pop("slug", key), **fields)


def make_question(guide=None, **fields):
    key = fields.pop("key", None) or unique("question")
    return DoctorQuestion.objects.create(key=key, guide=guide or make_guide(), **fields)


def make_call(**fields):
    return CallToAction.objects.create(key=fields.pop("key", None) or unique("call"), **fields)


CALL_FACTS = {"kind": "invitation", "link": "https://example.org/"}
QUESTION_FACTS = {"ask": ["surgeon"], "when": ["any-time"]}


def text_for(model, word="Text", **fields):
    """Complete text for a model: every required field says something."""
    text = {
        name: f"{word} of {name}."
        for name in model.text_fields
        if not model._meta.get_field(name).blank
    }
    return {**text, **fields}


def save(item, language, by, text=None, facts=None, **more):
    """Save complete text as a draft, based on whatever is newest."""
    if facts is None and language == "en" and isinstance(item, Source):
        facts = SOURCE_FACTS
    if language != "en" and "source" not in more:
        # Tests translate what nobody has signed yet, as files do that bring both.
        more["source"] = workflow.source_for(item) or workflow.newest_revision(item, "en")
    return workflow.save_draft(
        item,
        language,
        text_for(type(item)) if text is None else text,
        by=by,
        based_on=workflow.token(workflow.newest_revision(item, language)),
        facts=facts,
        **more,
    )


def expected(request):
    """The fingerprints that an advisor sees on a request's page."""
    return {revision.pk: revision.fingerprints for revision in request.revisions.all()}


def submit(people, item, language="en", text=None, facts=None, **more):
    """Save and submit one text by the people who write that language; returns the request."""
    writer = people.editor if language == "en" else people.translator
    revision = save(item, language, writer, text, facts, **more)
    return workflow.submit([revision], by=writer)


def approve(people, request, by=None, **more):
    advisor = by or (people.advisor if request.language == "en" else people.spanish_advisor)
    return workflow.approve(request, by=advisor, expected=expected(request), **more)


def sign(people, request, by=None, **more):
    advisor = by or (people.advisor if request.language == "en" else people.spanish_advisor)
    return workflow.sign(request, by=advisor, expected=expected(request), **more)


def make_public(people, item, language="en", text=None, facts=None, **more):
    """Take a text all the way to readers; returns its sign-off."""
    [sign_off] = approve(people, submit(people, item, language, text, facts, **more))
    return sign_off


class WholeGuide:
    """A guide with everything that a site can hold: topics, each with a source, a figure, an
    analogy, an FAQ, a question for the doctor and a glossary term; a page, a contact, and a call to
    action at its end."""

    def __init__(self, topics=2):
        self.guide = make_guide()
        self.page = Page.objects.create(key=unique("page"), slug=unique("page"))
        self.contact = Contact.objects.create(key=unique("contact"))
        self.sources, self.topics, self.faqs, self.terms = [], [], [], []
        self.call = make_call(place="guides")
        self.items = [self.guide, self.page, self.contact, self.call]
        self.more(topics)

    def more(self, topics):
        """Add topics; returns the items that were made."""
        situation = Situation.objects.create(key=unique("situation"))
        made = [situation]
        for _ in range(topics):
            source, figure, analogy = make_source(), make_figure(), make_analogy()
            topic = make_topic(self.guide, position=len(self.topics) + 1)
            question = make_question(self.guide)
            key = unique("term")
            term = Term.objects.create(key=key, slug=key)
            faq = make_faq(self.guide)
            for item in (figure, topic, faq):
                item.cited = source
            topic.draws, question.situation = (figure, analogy), situation
            self.sources.append(source)
            self.topics.append(topic)
            self.faqs.append(faq)
            self.terms.append(term)
            made += [source, figure, analogy, topic, faq, question, term]
        self.items += made
        return made

    def publish(self, people, language="en", items=None):
        """Take items, all unless some are named, to readers: one request, signed whole."""
        drafts = [
            save(item, language, people.writer_of(language), *whole_text(item, language))
            for item in items or self.items
            if item.text_fields or language == languages.source()
        ]
        request = workflow.submit(drafts, by=people.writer_of(language))
        approve(people, request, by=people.signer_of(language))


def word(language):
    """The word by which a test knows in which language a text is."""
    return f"{language}-word"


def whole_text(item, language):
    """Text that cites and draws, and facts where the language is the source."""
    text = text_for(type(item), word(language))
    last = item.text_fields[-1] if item.text_fields else ""
    if isinstance(item, Topic | FAQ):
        text[last] += f" Cited. [@{item.cited.key}]"
    if isinstance(item, Topic):
        figure, analogy = item.draws
        text[last] += f"\n\n{{figure:{figure.key}}}\n\n{{analogy:{analogy.key}}}"
    if language != languages.source():
        return text, None
    if isinstance(item, KeyFigure):
        return text, {"count": 27, "out_of": 100, "sources": [item.cited.key]}
    if isinstance(item, DoctorQuestion):
        return text, {**QUESTION_FACTS, "situations": [item.situation.key]}
    if isinstance(item, Contact):
        return text, {"country": "GB", "need": "emergency", "phone": "999"}
    if isinstance(item, CallToAction):
        return text, CALL_FACTS
    return text, {"group": "ras"} if isinstance(item, Situation) else None


# A guide in two languages as content files, small but with every kind of mark and reference.
CONTENT = {
    "source/smith-2020.en.md": """---
authors: Smith J
title: A study
journal: A journal
year: 2020
kind: trial
status: verified
---
""",
    "guide/liver.en.md": """---
slug: liver
position: 1
title: The liver
standfirst: In short.
---

# audience

For you.

# key_points

- One point

# urgent_signs

Call at once.

# introduction

An introduction [@smith-2020].

# not_known

Much.

# takeaways

Rest.
""",
    "analogy/river.en.md": """---
title: A river
---

# picture

A river meets a dam.

# stands_for

Blood meets the liver.

# leaves_out

Much.
""",
    "keyfigure/spread.en.md": """---
count: 27
out_of: 100
sources:
- smith-2020
sentence: About 27 of 100 people.
population: People in one country
period: Within five years
---
""",
    "keyfigure/spread.es.md": """---
origin: machine
sentence: Unas 27 de cada 100 personas.
population: Personas de un país
period: En cinco años
---
""",
    "topic/why.en.md": """---
slug: why
guide: liver
position: 1
title: Why the liver?
answer: Blood flows there.
---

# body

Blood flows from the bowel to the liver [@smith-2020].

{figure:spread}

{analogy:river}
""",
    "topic/why.es.md": """---
title: ¿Por qué el hígado?
answer: La sangre pasa por él.
---

# body

La sangre pasa del intestino al hígado [@smith-2020].

{figure:spread}

{analogy:river}
""",
    "term/liver.en.md": """---
slug: liver
do_not_translate: false
term: Liver
---

# definition

A large organ.

# aliases

livers
hepatic
""",
}


def write_content(directory, files=CONTENT, **changed):
    """Content files below a directory. ``changed`` maps "topic/why.en.md" to its text, or to None
    to leave that file out."""
    for path, text in {**files, **changed}.items():
        if text is not None:
            file = directory / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, newline="")
    return directory
