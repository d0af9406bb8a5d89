"""What machines read in a page for readers: its description, Open Graph and JSON-LD.

All of it is made of what the page shows, after its door and its rendering: a text that is not on
the page is not in here either, and nothing is asked of the database.
"""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from faq.models import FAQ
from glossary.models import Term
from review import languages, markdown
from review.addresses import whole
from review.readers import address
from topics.models import Guide, Topic

from . import sharing
from .models import Page
from .plaintext import first_paragraph, plain

# Where an item says in short what it is about.
SUMMARIES = {
    Guide: "standfirst",
    Topic: "answer",
    FAQ: "answer",
    Term: "definition",
    Page: "body",
}


def describe(request, page):
    """What ``templates/reading/_described.html`` needs. ``page`` is the page's context."""
    item = page["item"]
    code = item.language if item is not None else page["language"]
    nodes, url, kind = [], page["canonical"], "article"
    if type(item) in SUMMARIES:
        nodes = [_item_page(page)]
        title, summary = title_of(item), summary_of(item)
        picture = sharing.picture(item)
    elif "permanent" in page:
        title, summary = _version(page)
        url, picture = page["permanent"], sharing.site_picture(code)
    else:
        nodes = _list_page(request, page)
        title, kind = _("Understanding advanced bowel cancer"), "website"
        about = _("For people who live with it, and for those who care for them.")
        summary, picture = f"{title}. {about}", sharing.site_picture(code)
    return {
        "title": title,
        "summary": summary,
        "kind": kind,
        "url": url,
        "locale": locale_of(code),
        "locales": [
            locale_of(each["code"])
            for each in page["languages"]
            if each["signed"] and each["code"] != code
        ],
        "picture": picture,
        "width": sharing.WIDTH,
        "height": sharing.HEIGHT,
        "data": markdown.data({"@context": "https://schema.org", "@graph": nodes}) if nodes else "",
    }


def _version(page):
    """(title, summary) of the page of a signed version. What was taken down is not told again."""
    version = page["version"]
    title = _("%(name)s: a signed version") % {"name": markdown.plain_line(page["name"])}
    if version.withdrawn:
        date = date_format(timezone.localdate(version.ended.at))
        return title, _("This version was withdrawn on %(date)s.") % {"date": date}
    signed = {
        "name": version.sign_off.name,
        "date": date_format(timezone.localdate(version.sign_off.signed_at)),
    }
    return title, _("Exactly the words that %(name)s signed on %(date)s.") % signed


def title_of(item):
    return plain(item.html[item.text_fields[0]])


def summary_of(item):
    return first_paragraph(item.html[SUMMARIES[type(item)]])


def locale_of(code):
    """A language as Open Graph writes it, with the territory where most of its readers live:
    "es" -> "es_ES" (CLDR)."""
    likely = languages.likely(code)
    return f"{likely.getLanguage()}_{likely.getCountry()}"


# -- JSON-LD -------------------------------------------------------------------------------------


def _item_page(page):
    """The page about one item: what every signed page says, and what its kind adds."""
    item = page["item"]
    node = {
        "@type": "WebPage" if isinstance(item, Page) else "MedicalWebPage",
        "@id": page["canonical"],
        "url": page["canonical"],
        "name": title_of(item),
        "description": summary_of(item),
        "inLanguage": languages.tag(item.language),
        "license": settings.LICENCE_URL,
        "isAccessibleForFree": True,
        "isPartOf": _website(),
        **_review(item),
        **_translations(page),
    }
    if cited := [_citation(number, source) for number, source in page["sources"] if source]:
        node["citation"] = cited
    if more := _MORE.get(type(item)):
        node.update(more(page))
    return node


def _website():
    home = whole("/")
    return {"@type": "WebSite", "@id": home, "url": home, "name": "crcsite"}


def _review(item):
    """Who vouches for the text, as the byline says it."""
    approval = item.approval
    by = {"@type": "Person", "name": approval.name}
    if approval.credentials:
        by["hasCredential"] = {
            "@type": "EducationalOccupationalCredential",
            "name": approval.credentials,
        }
    told = {
        "lastReviewed": timezone.localdate(approval.signed_at).isoformat(),
        "reviewedBy": by,
    }
    if approval.demonstration:
        told["creativeWorkStatus"] = "Demonstration: no clinician has checked this text."
    return told


def _translations(page):
    """Of a translation, what it translates; of an original, its signed translations."""
    item = page["item"]
    if item.language != languages.source():
        [original] = [each for each in page["languages"] if each["source"]]
        return {"translationOfWork": _work(original)}
    others = [each for each in page["languages"] if each["signed"] and not each["source"]]
    return {"workTranslation": [_work(each) for each in others]} if others else {}


def _work(link):
    return {
        "@type": "WebPage",
        "@id": link["url"],
        "url": link["url"],
        "inLanguage": languages.tag(link["code"]),
    }


def _citation(number, source):
    facts = source.facts
    node = {
        "@type": "ScholarlyArticle",
        "position": number,
        "name": facts["title"],
        "author": facts["authors"],
        "isPartOf": {"@type": "Periodical", "name": facts["journal"]},
        "datePublished": str(facts["year"]),
    }
    if facts.get("doi"):
        node["sameAs"] = f"https://doi.org/{facts['doi']}"
    return node


def _guide(page):
    """The guide's topics, and its questions with their answers."""
    more = {"hasPart": [_linked("MedicalWebPage", each) for each in page["topics"]]}
    if page["faqs"]:
        more["@type"] = ["MedicalWebPage", "FAQPage"]
        more["mainEntity"] = [_question(each) for each in page["faqs"]]
    return more


def _topic(page):
    if page["guide"] is None:
        return {}
    above = _linked("MedicalWebPage", page["guide"])
    way = [(above["name"], above["url"]), (title_of(page["item"]), page["canonical"])]
    steps = [
        {"@type": "ListItem", "position": number, "name": name, "item": url}
        for number, (name, url) in enumerate(way, start=1)
    ]
    return {
        "isPartOf": above,
        "breadcrumb": {"@type": "BreadcrumbList", "itemListElement": steps},
    }


def _faq(page):
    return {
        "@type": ["MedicalWebPage", "FAQPage"],
        "mainEntity": [_question(page["item"])],
    }


def _term(page):
    term = page["item"]
    return {"mainEntity": {**_word(term), "description": plain(term.html["definition"])}}


_MORE = {Guide: _guide, Topic: _topic, FAQ: _faq, Term: _term}


def _linked(kind, item):
    """Another page of the site, by what this page shows of it."""
    url = address(item)
    return {
        "@type": kind,
        "@id": url,
        "url": url,
        "name": title_of(item),
        "inLanguage": languages.tag(item.language),
    }


def _question(faq):
    return {
        "@type": "Question",
        "url": address(faq),
        "name": title_of(faq),
        "inLanguage": languages.tag(faq.language),
        "acceptedAnswer": {
            "@type": "Answer",
            "text": plain(faq.html["answer"]),
            "inLanguage": languages.tag(faq.language),
        },
    }


def _word(term):
    url = address(term)
    node = {
        "@type": "DefinedTerm",
        "@id": f"{url}#term",
        "url": url,
        "name": title_of(term),
        "inLanguage": languages.tag(term.language),
        "inDefinedTermSet": whole(reverse("glossary:glossary")) + "#terms",
    }
    if abbreviation := plain(term.html.get("abbreviation") or ""):
        node["alternateName"] = abbreviation
    return node


def _list_page(request, page):
    """Of the pages that list items, those for which there is a word."""
    make = _LISTS.get(getattr(request.resolver_match, "view_name", None))
    return [make(page)] if make else []


def _home(page):
    return {
        **_website(),
        "description": _("For people who live with it, and for those who care for them."),
        "inLanguage": languages.tag(page["language"]),
        "license": settings.LICENCE_URL,
        "hasPart": [_linked("MedicalWebPage", guide) for guide in page["guides"]],
    }


def _glossary(page):
    url = page["canonical"]
    return {
        "@type": "DefinedTermSet",
        "@id": f"{url}#terms",
        "url": url,
        "name": _("Words explained"),
        "inLanguage": languages.tag(page["language"]),
        "license": settings.LICENCE_URL,
        "hasDefinedTerm": [_word(term) for _letter, terms in page["letters"] for term in terms],
    }


_LISTS = {"reading:home": _home, "glossary:glossary": _glossary}
