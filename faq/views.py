"""Questions that people ask, each with a page; those to bring to an appointment; the visit plan."""

from django.utils.translation import get_language

from review.readers import Reader, item_page, item_preview, respond

from .models import FAQ, DoctorQuestion, When
from .visit_plan import VisitPlan


def questions(request):
    reader = Reader(get_language())
    faqs = reader.items(FAQ.objects.all())
    for faq in faqs:
        faq.html = reader.rendering.lines(faq)
    return respond(request, reader, "faq/faq_list.html", faqs=faqs)


def question(request, slug):
    return item_page(request, FAQ, slug, question_page)


def preview_question(request, faq, reader):
    return item_preview(request, faq, reader, question_page)


def question_page(request, faq, reader):
    others = [each for each in reader.items(FAQ.objects.all()) if each.key != faq.key]
    reader.rendering.load(faq)
    reader.rendering.draw(faq)
    for each in others:
        each.html = reader.rendering.lines(each)
    return respond(request, reader, "faq/faq_detail.html", faq, others=others)


def ask(request):
    """Every question for the doctor, under the first time when it is worth asking."""
    reader = Reader(get_language())
    found = reader.items(DoctorQuestion.objects.all())
    reader.rendering.load(*found)
    groups = []
    for moment in When:
        here = [each for each in found if each.facts["when"][:1] == [moment.value]]
        for each in here:
            reader.rendering.draw(each, heading=4)
        if here:
            groups.append((moment, here))
    return respond(request, reader, "faq/ask.html", groups=groups)


def visit_plan(request):
    """Everything that a reader may tick and print. What is ticked stays in the browser."""
    reader = Reader(get_language())
    return respond(request, reader, "faq/visit_plan.html", plan=VisitPlan(reader))
