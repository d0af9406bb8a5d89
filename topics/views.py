"""A guide's page and its topics' pages. Previews use the same functions with another reader."""

from django.shortcuts import redirect
from django.utils.translation import get_language

from review import pace
from review.readers import Reader, instead, item_page, item_preview, moved_to, respond

from .models import Guide, Topic


def guide(request, slug):
    return item_page(request, Guide, slug, guide_page)


def topic(request, guide, slug):
    reader = Reader(get_language())
    parent = reader.find(Guide.objects, slug=guide)
    if parent is None:
        former = moved_to(Guide, guide)
        if former is None:
            return instead(request, reader, Guide, guide)
        return redirect("topics:topic", former.slug, slug, permanent=True)
    found = reader.find(parent.topics, slug=slug)
    if found is None:
        elsewhere = Topic.objects.filter(slug=slug).exclude(guide=parent).first()
        if elsewhere is None:
            return instead(request, reader, Topic, slug)
        return redirect(elsewhere, permanent=True)
    return topic_page(request, found, reader, parent)


def preview_guide(request, guide, reader):
    return item_preview(request, guide, reader, guide_page)


def preview_topic(request, topic, reader):
    return item_preview(request, topic, reader, _topic_page_of_its_guide)


def _topic_page_of_its_guide(request, topic, reader):
    return topic_page(request, topic, reader, reader.find(Guide.objects, pk=topic.guide_id))


def guide_page(request, guide, reader):
    """The whole guide: its own text, every topic, FAQs and questions for the doctor."""
    topics = reader.items(guide.topics)
    faqs = reader.items(guide.faqs)
    questions = reader.items(guide.doctor_questions)
    rendering = reader.rendering
    rendering.load(guide, *topics, *faqs, *questions)
    rendering.draw(guide, fields=[f for f in guide.text_fields if f not in guide.closing_fields])
    for each in (*topics, *faqs, *questions):
        rendering.draw(each, heading=3)
    for each in topics:
        each.minutes = pace.minutes(each.text.values(), each.language)
    rendering.draw(guide, fields=guide.closing_fields)
    return respond(
        request,
        reader,
        "topics/guide_detail.html",
        guide,
        topics=topics,
        faqs=faqs,
        questions=questions,
    )


def topic_page(request, topic, reader, guide):
    """One topic, with the ways to its guide and to the topics before and after it."""
    topics = reader.items(guide.topics) if guide else []
    keys = [each.key for each in topics]
    place = keys.index(topic.key) if topic.key in keys else 0
    rendering = reader.rendering
    rendering.load(topic)
    rendering.draw(topic)
    topic.minutes = pace.minutes(topic.text.values(), topic.language)
    for each in filter(None, (guide, *topics)):
        each.html = rendering.lines(each)
    return respond(
        request,
        reader,
        "topics/topic_detail.html",
        topic,
        guide=guide,
        previous=topics[place - 1] if place else None,
        next=topics[place + 1] if place + 1 < len(topics) else None,
    )
