"""What readers tell: whether a text was clear, and what is wrong in it. Two taps or a short form,
without script, cookie or account.

Pages for readers are the same bytes for everybody and hold no CSRF token, and there is no session
that a foreign site could misuse. What stands instead: the browser's own word where a form comes
from, a limit to what one address sends, and a field that only machines fill in.
"""

from urllib.parse import urlsplit

from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from faq.models import FAQ, DoctorQuestion
from review import limits, reports
from review.content import content_model
from review.models import Report
from review.readers import Reader, respond
from review.reports import NotTaken
from topics.models import Guide, Topic

from .versions import place_of, title_of

LARGEST = 200_000  # bytes of a form; the longest words that are shown again fit well
WINDOW = limits.HOUR  # in which one address sends no more than this:
TAPS, REPORTS = 60, 10
TRAP = "website"  # the field that nobody sees
# Where an item stands on a page that holds several.
ANCHORS = {Topic: "topic-{0.slug}", FAQ: "question-{0.slug}", DoctorQuestion: "ask-{0.key}"}


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def mistake(request, pk):
    """The form for a mistake. The buttons "Yes" and "No" under a text send theirs here, too."""
    return _feedback(request, pk, Report.Kind.MISTAKE)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unclear(request, pk):
    """The form for who said that a text was not clear."""
    return _feedback(request, pk, Report.Kind.UNCLEAR)


@require_safe
def thanks(request, pk):
    try:
        return _page(request, "reading/feedback_thanks.html", reports.text_of(pk))
    except NotTaken as refusal:
        return _page(request, "reading/feedback_thanks.html", None, status=refusal.status)


def _feedback(request, pk, kind):
    sign_off, typed = None, ""
    try:
        if request.method == "POST":
            _check_size(request)
            typed = reports.cleaned(request.POST.get("words", ""))
        sign_off = reports.text_of(pk)
        if request.method == "POST":
            return _take(request, sign_off, kind)
        refused = None
    except NotTaken as refusal:
        refused = refusal
    return _page(
        request,
        "reading/feedback.html",
        sign_off,
        status=refused.status if refused else 200,
        unclear=kind == Report.Kind.UNCLEAR,
        refused=refused,
        typed=typed,
        most=reports.LONGEST,
    )


def _take(request, sign_off, kind):
    """Keep what was sent, and lead to the page that says so: reloading it sends nothing again."""
    _check_origin(request)
    clear = request.POST.get("clear")
    if clear in ("yes", "no"):
        _check_limit(request, "tap", TAPS)
        reports.count(sign_off, clear == "yes")
        return _on(request, "thanks" if clear == "yes" else "unclear", sign_off)
    if request.POST.get(TRAP):
        raise NotTaken(
            _("A field that should stay empty was filled in. It is empty now: send it again.")
        )
    reports.check(request.POST.get("words", ""))
    _check_limit(request, "report", REPORTS)
    reports.receive(sign_off, kind, request.POST["words"], get_language())
    return _on(request, "thanks", sign_off)


def _on(request, name, sign_off):
    response = redirect(f"reading:{name}", sign_off.pk)
    if _from_guide(request):
        response["Location"] += "?in=guide"
    response.status_code = 303
    response["Cache-Control"] = "no-store"
    return response


# -- What stands instead of a token ----------------------------------------------------------------


def _check_size(request):
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > LARGEST:
        raise NotTaken(
            _("That was too long to be read. Go back, make it shorter, and send it again."), 413
        )


def _check_origin(request):
    """Refuse what the browser says comes from another site. Old browsers say nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = site not in (None, "same-origin") or (
        origin is not None and urlsplit(origin).netloc != request.get_host()
    )
    if foreign:
        raise NotTaken(
            _("This came from another site, and was not taken. Please send it from here."), 403
        )


def _check_limit(request, what, most):
    if limits.over(f"feedback-{what}", limits.address(request), most, WINDOW):
        raise NotTaken(
            _("Too much came from your connection within an hour. Please send it again later."), 429
        )


# -- Pages -----------------------------------------------------------------------------------------


def _page(request, template, sign_off, status=200, **context):
    """A page about one signed text, or about none where it cannot be named."""
    reader = Reader(get_language())
    item = sign_off and reader.find(content_model(sign_off.item_type).objects, key=sign_off.key)
    context |= {"text": item, "back": item and _back(request, reader, item)}
    if item:
        reader.rendering.load(item)
        context["name"] = title_of(item, reader.rendering)
    response = respond(
        request,
        reader,
        template,
        status=status,
        from_guide=_from_guide(request),
        sign_off=sign_off,
        **context,
    )
    response["X-Robots-Tag"] = "noindex"
    if request.method == "POST":
        response["Cache-Control"] = "no-store"
    if status == 429:
        response["Retry-After"] = str(WINDOW)
    return response


def _from_guide(request):
    """Whether the reader was on the page of the whole guide: the way back leads there."""
    return request.GET.get("in") == "guide"


def _back(request, reader, item):
    guide = None
    if _from_guide(request) and getattr(item, "guide_id", None):
        guide = reader.find(Guide.objects, pk=item.guide_id)
    place = place_of(guide or item, reader.language)
    together = guide or isinstance(item, DoctorQuestion)
    anchor = ANCHORS[type(item)].format(item) if together and type(item) in ANCHORS else ""
    return f"{place}#{anchor}" if anchor else place
