"""Every page that readers can open, on the starter content: one address for each name in the URL
configuration, so that a page without an entry here is a failure, and what each must answer."""

from django.conf import settings
from django.core.management import call_command
from django.urls import LocalePrefixPattern, get_resolver

from review import demonstration, workflow
from review.models import Advisor
from tests import factories as f
from topics.models import Guide, Topic

GUIDE = "guides/spread-to-the-liver/"
CHANGED, WITHDRAWN = "ras", "it-is-gone"
# Below the language. Those of versions are filled in by `Site`.
PAGES = {
    "reading:home": "",
    "topics:guide": GUIDE,
    "topics:topic": f"{GUIDE}{CHANGED}/",
    "faq:questions": "questions/",
    "faq:question": "questions/is-it-my-fault/",
    "faq:ask": "ask/",
    "faq:visit-plan": "visit-plan/",
    "glossary:glossary": "glossary/",
    "glossary:term": "glossary/portal-vein/",
    "evidence:sources": "sources/",
    "reading:contacts": "help/",
    "reading:advisors": "advisors/",
    "reading:advisor": "advisors/demonstration-en/",
    "reading:corrections": "corrections/",
    "reading:history": f"changes/topics.topic/{CHANGED}/",
    "reading:changes": f"changes/topics.topic/{CHANGED}/{{first}}/",
    "reading:version": "v/{first}/",
    "reading:page": "about/",
    "reading:search": "search/?q=liver",
    "reading:feedback": "feedback/{newest}/",
    "reading:unclear": "feedback/{newest}/unclear/",
    "reading:thanks": "feedback/{newest}/thanks/",
}
# The same addresses with another answer, and other pages of a kind that differ.
MORE = {
    "a version that is live": "v/{newest}/",
    "a topic with figures": f"{GUIDE}surgery/",
    "no such page": "no-such-page/",
    "withdrawn": f"questions/{WITHDRAWN}/",
    "a version that was withdrawn": "v/{withdrawn}/",
    "a page of another kind": "accessibility/",
}
ANSWERS = {"no such page": 404, "withdrawn": 410}
# What no person reads in a browser.
NOT_PAGES = {
    *("reading:feed", "reading:share", "reading:share-site", "reading:search-part"),
    *("reading:guide_pdf", "reading:topic_pdf", "reading:questions_pdf", "reading:glossary_pdf"),
}


def names():
    """The names of all addresses below the language, in the URL configuration."""
    below = (each for each in get_resolver().url_patterns if _has_language(each))
    return {
        f"{app.app_name}:{each.name}"
        for language in below
        for app in language.url_patterns
        for each in app.url_patterns
    }


def _has_language(each):
    return isinstance(each.pattern, LocalePrefixPattern)


class Site:
    """The starter content in five languages, and in each a topic that changed and a question that
    was withdrawn. Call it where the database is cleared afterwards, with DEMO on."""

    codes = [code for code, _ in settings.LANGUAGES]

    def __init__(self):
        demonstration.make_accounts()
        call_command("import_content", settings.BASE_DIR / "content", sign=True, verbosity=0)
        topic, guide = Topic.objects.get(slug=CHANGED), Guide.objects.get()
        gone = f.make_faq(guide, key=WITHDRAWN)
        self.numbers = {}
        for code in self.codes:
            text = topic.signed_text(code)
            first = topic.sign_off_id_in(code)
            changed = self._publish(
                topic, code, {**text, "body": f"{text['body']}\n\n{text['answer']}"}
            )
            withdrawn = self._publish(gone, code, None)
            self.numbers[code] = {"first": first, "newest": changed, "withdrawn": withdrawn}
        reason = "A new guideline says otherwise."
        workflow.withdraw(gone, "en", by=self._signer("en"), reason=reason)

    def _publish(self, item, code, text):
        writer = demonstration.writer(code)
        revision = f.save(item, code, writer, text)
        request = workflow.submit([revision], by=writer)
        signed = {"by": self._signer(code), "expected": f.expected(request)}
        [sign_off] = workflow.approve(request, **signed)
        return sign_off.pk

    def _signer(self, code):
        return Advisor.objects.get(slug=f"demonstration-{code}").user

    def pages(self, code, status):
        """The addresses in that language that must answer so."""
        for name, place in (PAGES | MORE).items():
            if ANSWERS.get(name, 200) == status:
                yield f"/{code}/{place.format(**self.numbers[code])}"
