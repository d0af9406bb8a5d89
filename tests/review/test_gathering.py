"""Gathering: a guide with all that belongs to it is sent in one step, in one language or all."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from review import discussion, gathering, groups, workflow
from review.gathering import Way
from review.marks import Reference
from review.models import Absence, Release, ReviewRequest, Revision, Rival
from review.workflow import TransitionNotAllowed
from tests import factories as f
from tests import pages
from topics.models import Topic

pytestmark = pytest.mark.django_db


def keys(items):
    return [each.key for each in items]


def draft_all(people, whole, language="en", items=None):
    """Drafts of everything in one language, by its writer."""
    return [
        f.save(item, language, people.writer_of(language), *f.whole_text(item, language))
        for item in items or whole.items
        if item.text_fields or language == "en"
    ]


def ways(item, language):
    texts = gathering.drafts_of(gathering.belongings(item), language)
    return {text.item.key: text.way for text in texts}


def shown(item, *codes):
    """What the page's boxes send, all ticked."""
    items = gathering.belongings(item)
    return {
        text.revision.pk: text.revision.fingerprints
        for code in codes
        for text in gathering.drafts_of(items, code)
        if text.ready
    }


@pytest.fixture
def whole(db):
    return f.WholeGuide(topics=2)


@pytest.fixture
def bilingual(people):
    """Writes English and Spanish, signs nothing."""
    user = f.make_user(f.unique("bilingual"), groups.EDITORS)
    user.groups.add(groups.Group.objects.get(name=groups.translators("es")))
    return user


# -- What belongs together -----------------------------------------------------------------------


def test_belongings_come_in_the_order_in_which_readers_meet_them(people, whole):
    draft_all(people, whole)
    [first, second] = whole.topics
    situation = next(each for each in whole.items if each.item_type == "faq.situation")

    found = keys(gathering.belongings(whole.guide))

    def with_figures(topic):
        figure, analogy = topic.draws
        # The source is cited first, then the figure (which cites it, too), then the analogy.
        return [topic.key, topic.cited.key, figure.key, analogy.key]

    questions = [each.key for each in whole.items if each.item_type == "faq.doctorquestion"]
    faqs = [each.key for each in whole.faqs]
    assert found == [
        whole.guide.key,
        *with_figures(first),
        *with_figures(second),
        *faqs,
        questions[0],
        situation.key,
        questions[1],
    ]


def test_terms_pages_and_other_guides_do_not_belong(people, whole):
    draft_all(people, whole)
    other = f.WholeGuide(topics=1)

    found = keys(gathering.belongings(whole.guide))

    assert not {*keys(whole.terms), whole.page.key, whole.contact.key} & set(found)
    assert not set(keys(other.items)) & set(found)


def test_topic_has_belongings_of_its_own(people, whole):
    draft_all(people, whole)
    topic = whole.topics[0]
    figure, analogy = topic.draws

    found = gathering.belongings(topic)

    assert keys(found) == [topic.key, topic.cited.key, figure.key, analogy.key]


def test_what_a_newer_draft_refers_to_belongs(people, whole):
    whole.publish(people)
    topic, analogy = whole.topics[0], f.make_analogy()
    f.save(topic, "en", people.editor, f.text_for(Topic, body=f"{{analogy:{analogy.key}}}"))

    found = keys(gathering.belongings(whole.guide))

    assert analogy.key in found
    assert topic.draws[1].key not in found


def test_what_only_a_translation_refers_to_belongs(people, whole):
    whole.publish(people)
    analogy = f.make_analogy()
    text = f.text_for(Topic, body=f"{{analogy:{analogy.key}}}")
    f.save(whole.topics[0], "es", people.translator, text)

    assert analogy.key in keys(gathering.belongings(whole.guide))


def test_items_that_draw_each_other_belong_once(people, whole):
    one, other = f.make_analogy(), f.make_analogy()
    for each, drawn in ((one, other), (other, one)):
        text = f.text_for(type(each), picture=f"{{analogy:{drawn.key}}}")
        f.save(each, "en", people.editor, text)
    text = f.text_for(Topic, body=f"{{analogy:{one.key}}}")
    f.save(whole.topics[0], "en", people.editor, text)

    found = keys(gathering.belongings(whole.topics[0]))

    assert found == [whole.topics[0].key, one.key, other.key]


def test_retired_item_belongs_only_where_a_text_refers_to_it(people, whole):
    whole.publish(people)
    topic, referred = whole.topics[0], whole.topics[1].draws[1]
    workflow.retire(topic, by=people.admin, reason="Merged")
    workflow.retire(referred, by=people.admin, reason="Not clear")

    found = ways(whole.guide, "en")

    assert topic.key not in found
    assert found[referred.key] == Way.RETIRED


@pytest.mark.parametrize("model", ["topics.guide", "topics.topic", "evidence.source"])
def test_only_guides_have_something_under_them(model):
    from review.content import content_model

    found = [
        f"{kind._meta.label_lower}.{field}" for kind, field in gathering.under(content_model(model))
    ]

    expected = ["topics.topic.guide", "faq.faq.guide", "faq.doctorquestion.guide"]
    assert found == (expected if model == "topics.guide" else [])


def test_whole_is_the_guide_for_all_that_stands_under_it(people, whole):
    guide = Reference("topics.guide", whole.guide.key)

    assert {gathering.whole(each) for each in (whole.guide, whole.topics[0], whole.faqs[0])} == {
        guide
    }
    assert gathering.whole(whole.terms[0]) is None


# -- What can be sent ----------------------------------------------------------------------------


def test_each_text_says_whether_it_can_be_sent_and_why_not(people, whole):
    whole.publish(people)
    names = ["ready", "reviewed", "returned", "half", "rival", "down", "signed", "unwritten"]
    topics = {name: f.make_topic(whole.guide) for name in names}
    ready, reviewed, returned, half, rival, down, signed, _none = topics.values()
    f.save(ready, "en", people.editor)
    open_request = f.submit(people, reviewed)
    returned_request = f.submit(people, returned)
    workflow.request_changes(returned_request, by=people.advisor, comment="No")
    f.save(half, "en", people.editor, {"title": "Only a title"})
    theirs = f.save(rival, "en", people.editor)
    Rival.objects.create(
        **{"item_type": rival.item_type, "key": rival.key, "language": "en"},
        **{"user": people.second_editor, "text": {}, "base_text": {}, "theirs": theirs},
        at=timezone.now(),
    )
    f.make_public(people, down)
    workflow.withdraw(down, "en", by=people.advisor, reason="Wrong")
    signed_request = f.submit(people, signed)
    f.sign(people, signed_request)

    texts = gathering.drafts_of(gathering.belongings(whole.guide), "en")

    found = {text.item.key: (text.way, text.request) for text in texts}
    assert {name: found[topic.key] for name, topic in topics.items()} == {
        "ready": (Way.READY, None),
        "reviewed": (Way.IN_REVIEW, open_request.pk),
        "returned": (Way.CHANGES, returned_request.pk),
        "half": (Way.INCOMPLETE, None),
        "rival": (Way.CONFLICT, None),
        "down": (Way.DOWN, None),
        "signed": (Way.SIGNED, signed_request.pk),
        "unwritten": (Way.UNWRITTEN, None),
    }
    [why] = [text.why for text in texts if text.item.key == half.key]
    assert "still lacks: the answer in one sentence, text" in why
    assert found[whole.guide.key] == (Way.PUBLIC, None)


def test_text_that_came_back_with_others_goes_again_unless_a_comment_on_it_is_open(people, whole):
    first, second = whole.topics
    drafts = [f.save(each, "en", people.editor) for each in (first, second)]
    request = workflow.submit(drafts, by=people.editor)
    comment = discussion.say(drafts[0], by=people.advisor, text="Not so")
    workflow.request_changes(request, by=people.advisor, comment="")

    found = ways(whole.guide, "en")
    assert (found[first.key], found[second.key]) == (Way.CHANGES, Way.AGAIN)

    discussion.resolve(comment, by=people.advisor)
    assert ways(whole.guide, "en")[first.key] == Way.AGAIN


def test_what_came_back_with_a_comment_on_the_whole_goes_again_once_one_text_is_changed(
    people, whole
):
    first, second = whole.topics
    drafts = [f.save(each, "en", people.editor) for each in (first, second)]
    request = workflow.submit(drafts, by=people.editor)
    workflow.request_changes(request, by=people.advisor, comment="Too long, all of it")

    found = ways(whole.guide, "en")
    assert (found[first.key], found[second.key]) == (Way.WHOLE, Way.WHOLE)

    f.save(first, "en", people.editor, {**drafts[0].text, "title": "Shorter"})
    found = ways(whole.guide, "en")
    assert (found[first.key], found[second.key]) == (Way.READY, Way.AGAIN)


def test_text_that_came_back_alone_needs_a_new_draft(people, whole):
    request = f.submit(people, whole.topics[0])
    workflow.request_changes(request, by=people.advisor, comment="Not so")

    assert ways(whole.guide, "en")[whole.topics[0].key] == Way.CHANGES


def test_newer_draft_waits_for_the_text_that_is_in_review(people, whole):
    request = f.submit(people, whole.guide)
    f.save(whole.guide, "en", people.editor, f.text_for(type(whole.guide), "Newer"))

    [text, *_] = gathering.drafts_of(gathering.belongings(whole.guide), "en")

    assert (text.way, text.request) == (Way.IN_REVIEW, request.pk)


def test_facts_without_text_are_sent_with_the_source_language_only(people, whole):
    draft_all(people, whole)

    assert whole.sources[0].key in ways(whole.guide, "en")
    assert whole.sources[0].key not in ways(whole.guide, "es")


def test_translation_says_that_its_original_is_not_public(people, whole):
    draft_all(people, whole)
    draft_all(people, whole, "es")

    [text, *_] = gathering.drafts_of(gathering.belongings(whole.guide), "es")
    assert text.lacks_source

    whole.publish(people)
    [text, *_] = gathering.drafts_of(gathering.belongings(whole.guide), "es")
    assert not text.lacks_source


@pytest.mark.parametrize("language", ["en", "es"])
def test_queries_do_not_grow_with_the_topics(
    people, django_assert_num_queries, django_assert_max_num_queries, language
):
    few, many = f.WholeGuide(topics=2), f.WholeGuide(topics=20)
    for whole in (few, many):
        draft_all(people, whole)
        draft_all(people, whole, "es")

    with django_assert_max_num_queries(20) as counted:
        gathering.drafts_of(gathering.belongings(few.guide), language)
    with django_assert_num_queries(len(counted)):
        texts = gathering.drafts_of(gathering.belongings(many.guide), language)

    assert sum(text.ready for text in texts) > 60


# -- Sending -------------------------------------------------------------------------------------


def test_guide_that_came_back_goes_again_whole_when_what_was_said_is_mended(people, whole):
    draft_all(people, whole)
    [request] = gathering.send(whole.guide, shown(whole.guide, "en"), by=people.editor)
    sent = {each.item: each for each in request.revisions.all()}
    about = sent[whole.topics[0].item]
    discussion.say(about, by=people.advisor, text="Not so")
    workflow.request_changes(request, by=people.advisor, comment="")
    mended = {**about.text, "title": "Mended"}
    f.save(whole.topics[0], "en", people.editor, mended)

    [again] = gathering.send(whole.guide, shown(whole.guide, "en"), by=people.editor)

    later = {each.item: each for each in again.revisions.all()}
    assert later.keys() == sent.keys()
    same = {item for item in sent if later[item].fingerprints == sent[item].fingerprints}
    assert sent.keys() - same == {whole.topics[0].item}
    assert all(later[item].number == sent[item].number + 1 for item in sent)
    writer = people.writer_of("en").pk
    assert all(later[item].authors.filter(user=writer).exists() for item in same)


def test_text_that_came_back_and_is_not_ticked_stays_as_it_is(people, whole):
    drafts = [f.save(each, "en", people.editor) for each in whole.topics]
    request = workflow.submit(drafts, by=people.editor)
    workflow.request_changes(request, by=people.advisor, comment="Not so")
    f.save(whole.topics[0], "en", people.editor, {**drafts[0].text, "title": "Mended"})
    ticked = shown(whole.guide, "en")
    ticked.pop(drafts[1].pk)

    gathering.send(whole.guide, ticked, by=people.editor)

    assert ways(whole.guide, "en")[whole.topics[0].key] == Way.IN_REVIEW
    assert ways(whole.guide, "en")[whole.topics[1].key] == Way.AGAIN
    assert drafts[1].authors.count() == 1


def test_whole_guide_is_one_request(people, whole):
    draft_all(people, whole)
    ticked = shown(whole.guide, "en")

    [request] = gathering.send(whole.guide, ticked, by=people.editor, summary="All of it")

    assert {each.pk for each in request.revisions.all()} == set(ticked)
    assert (request.summary, request.release) == ("All of it", None)
    f.approve(people, request)
    assert ways(whole.guide, "en") == dict.fromkeys(ways(whole.guide, "en"), Way.PUBLIC)


def test_several_languages_are_one_release(people, whole, bilingual):
    draft_all(people, whole)
    draft_all(people, whole, "es")

    made = gathering.send(whole.guide, shown(whole.guide, "en", "es"), by=bilingual, name="Spring")

    assert [each.language for each in made] == ["en", "es"]
    [release] = Release.objects.all()
    assert {each.release for each in made} == {release}
    assert (release.name, release.made_by) == ("Spring", bilingual)


def test_several_languages_need_a_release(people, whole, bilingual):
    draft_all(people, whole)
    draft_all(people, whole, "es")

    with pytest.raises(TransitionNotAllowed, match="give the release a name"):
        gathering.send(whole.guide, shown(whole.guide, "en", "es"), by=bilingual)

    assert not ReviewRequest.objects.exists()


def test_nothing_is_sent_when_one_language_is_not_theirs(people, whole):
    draft_all(people, whole)
    draft_all(people, whole, "es")

    with pytest.raises(PermissionDenied):
        gathering.send(whole.guide, shown(whole.guide, "en", "es"), by=people.editor, name="Spring")

    assert not ReviewRequest.objects.exists()
    assert not Release.objects.exists()


@pytest.mark.parametrize("moved", ["rewritten", "sent", "discarded"])
def test_nothing_is_sent_when_a_draft_moved(people, whole, moved):
    draft_all(people, whole)
    ticked = shown(whole.guide, "en")
    draft = workflow.newest_revision(whole.guide, "en")
    if moved == "rewritten":
        f.save(whole.guide, "en", people.editor, f.text_for(type(whole.guide), "Other"))
    elif moved == "sent":
        workflow.submit([draft], by=people.editor)
    else:
        workflow.discard(draft, by=people.editor)
    before = ReviewRequest.objects.count()

    with pytest.raises(TransitionNotAllowed, match=f"page: {draft.item} .en.. Nothing was sent"):
        gathering.send(whole.guide, ticked, by=people.editor)

    assert ReviewRequest.objects.count() == before


def test_draft_of_something_else_is_not_sent_along(people, whole):
    draft_all(people, whole)
    [foreign] = draft_all(people, whole, items=[whole.page])

    for pk, fingerprints in ((foreign.pk, foreign.fingerprints), (999_999, "x"), (0, "")):
        ticked = {**shown(whole.guide, "en"), pk: fingerprints}
        with pytest.raises(TransitionNotAllowed, match="Nothing was sent"):
            gathering.send(whole.guide, ticked, by=people.editor)

    assert not ReviewRequest.objects.exists()


# -- The page ------------------------------------------------------------------------------------


def address(item, query=""):
    return reverse("admin:review_gather", args=[item.item_type, item.key]) + query


def boxes(response):
    root = pages.parse_part(response.content.decode(), strict=False)
    return root.all("input", type="checkbox", name="draft")


def filled(response, **changed):
    """What the page's form would send."""
    root = pages.parse_part(response.content.decode(), strict=False)
    ticked = [each.attrs["value"] for each in boxes(response) if "checked" in each.attrs]
    sent = {
        each.attrs["name"]: each.attrs.get("value", "")
        for each in root.one("form", class_="gather").walk()
        if each.tag == "input" and each.attrs.get("type") not in ("checkbox", "hidden")
    }
    return {**sent, "draft": ticked, **changed}


def told(response):
    return [str(message) for message in response.context["messages"]]


def test_one_click_sends_the_whole_guide(client, people, whole):
    draft_all(people, whole)
    client.force_login(people.editor)
    page = client.get(address(whole.guide))
    assert len(boxes(page)) == len(shown(whole.guide, "en"))

    response = client.post(address(whole.guide), filled(page))

    [request] = ReviewRequest.objects.all()
    assert response.url == reverse("admin:review_reviewrequest_change", args=[request.pk])
    assert request.revisions.count() == len(boxes(page))


def test_page_names_what_is_not_sent_with_its_request(client, people, whole):
    draft_all(people, whole)
    request = f.submit(people, whole.faqs[0])
    returned = f.submit(people, whole.faqs[1])
    workflow.request_changes(returned, by=people.advisor, comment="No")
    client.force_login(people.editor)

    page = client.get(address(whole.guide))

    root = pages.parse_part(page.content.decode(), strict=False)
    links = [each.attrs["href"] for each in root.one("form", class_="gather").all("a")]
    for each in (request, returned):
        assert reverse("admin:review_reviewrequest_change", args=[each.pk]) in links
    assert "In review already: 1 text" in root.text
    assert "an advisor asked for changes" in root.text


def test_unticked_text_stays_a_draft(client, people, whole):
    draft_all(people, whole)
    client.force_login(people.editor)
    sent = filled(client.get(address(whole.guide)))
    left = sent["draft"].pop()

    client.post(address(whole.guide), sent)

    assert Revision.objects.get(pk=left.partition(":")[0]).state == "draft"


def test_page_asks_an_advisor_by_a_day_for_a_release(client, people, whole):
    draft_all(people, whole)
    release = workflow.make_release("Spring", by=people.editor)
    client.force_login(people.editor)
    sent = filled(
        client.get(address(whole.guide)),
        summary="New guide",
        asked_en=people.advisor.advisor.pk,
        due="2999-01-31",
        release=release.pk,
    )

    client.post(address(whole.guide), sent)

    [request] = ReviewRequest.objects.all()
    assert request.summary == "New guide"
    assert request.assigned_to == people.advisor.advisor
    assert request.due == date(2999, 1, 31)
    assert request.release == release


def test_all_languages_go_in_one_click_to_one_release(client, people, whole, bilingual):
    draft_all(people, whole)
    draft_all(people, whole, "es")
    client.force_login(bilingual)
    page = client.get(address(whole.guide, "?language=all"))

    response = client.post(address(whole.guide, "?language=all"), filled(page))

    [release] = Release.objects.all()
    assert response.url == reverse("admin:review_release_change", args=[release.pk])
    assert {each.language for each in release.requests.all()} == {"en", "es"}
    assert release.name.startswith("en-word of title")


def test_away_advisor_is_shown_as_such(client, people, whole):
    draft_all(people, whole)
    today = timezone.localdate()
    Absence.objects.create(
        advisor=people.advisor.advisor,
        **{"first": today, "last": today, "deputy": people.second_advisor.advisor},
    )
    client.force_login(people.editor)

    text = client.get(address(whole.guide)).content.decode()

    assert f"{people.second_advisor.advisor.name} stands in)" in text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"draft": []}, "tick at least one text"),
        ({"draft": ["", "x:y", "²:z"]}, "Nothing was sent"),
        ({"due": "1999-01-01"}, "lies in the past"),
        ({"due": "soon"}, "Enter a valid date"),
        ({"asked_en": "999999"}, "does not sign this language"),
        ({"release": "999999"}, "not open any more"),
        ({"release": "x"}, "not open any more"),
        ({"summary": "x" * 501}, "at most 500"),
        ({"name": "bad\x00name"}, "Null characters"),
    ],
)
def test_bad_input_gets_a_sentence_and_sends_nothing(client, people, whole, changed, sentence):
    draft_all(people, whole)
    client.force_login(people.editor)
    sent = filled(client.get(address(whole.guide)), summary="My words")

    response = client.post(address(whole.guide), {**sent, **changed})

    text = response.content.decode()
    assert sentence in text
    assert "My words" in text or "summary" in changed
    assert not ReviewRequest.objects.exists()


def test_ticks_are_kept_when_something_moved(client, people, whole):
    draft_all(people, whole)
    client.force_login(people.editor)
    sent = filled(client.get(address(whole.guide)))
    left = sent["draft"].pop().partition(":")[0]
    f.save(whole.guide, "en", people.editor, f.text_for(type(whole.guide), "Other"))

    response = client.post(address(whole.guide), sent)

    assert response.status_code == 409
    assert any(whole.guide.key in sentence for sentence in told(response))
    ticks = {b.attrs["value"].partition(":")[0]: "checked" in b.attrs for b in boxes(response)}
    assert ticks.pop(left) is False
    assert all(ticks.values())

    assert client.post(address(whole.guide), filled(response)).status_code == 302


def test_advisor_of_another_language_and_published_release_are_refused(client, people, whole):
    draft_all(people, whole)
    release = workflow.make_release("Old", by=people.editor)
    Release.objects.update(state=Release.State.PUBLISHED)
    client.force_login(people.editor)
    sent = filled(client.get(address(whole.guide)))

    for changed in ({"asked_en": people.spanish_advisor.advisor.pk}, {"release": release.pk}):
        client.post(address(whole.guide), {**sent, **changed})

    assert not ReviewRequest.objects.exists()


ROLES = ["anonymous", "nobody", "editor", "translator", "advisor", "admin"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_who_writes_a_language_sends_it_and_nobody_else(client, people, whole, role, language):
    draft_all(people, whole)
    draft_all(people, whole, "es")
    writes = {"editor": ["en"], "translator": ["es"], "admin": ["en", "es"]}.get(role, [])
    if role != "anonymous":
        client.force_login(getattr(people, role))
    drafts = [f"{pk}:{prints}" for pk, prints in shown(whole.guide, language).items()]
    here = address(whole.guide, f"?language={language}")

    page = client.get(here)
    sent = client.post(here, {"draft": drafts})

    expected = {"anonymous": (302, 302), "nobody": (403, 403)}
    status = expected.get(role, (200, 302 if language in writes else 403))
    assert (page.status_code, sent.status_code) == status
    assert ReviewRequest.objects.exists() is (language in writes)
    if status[0] == 200:
        assert bool(boxes(page)) is (language in writes)


@pytest.mark.parametrize(
    "bad",
    [
        *("topics.guide/none/", "topics.none/x/", "auth.user/1/", "%00/x/", "topics/guide/"),
        *("topics.guide/{key}/?language=xx", "topics.guide/{key}/?language=%00"),
    ],
)
def test_what_is_not_there_is_not_found(client, people, whole, bad):
    client.force_login(people.admin)

    response = client.get("/admin/review/gather/" + bad.format(key=whole.guide.key))

    assert response.status_code in (302, 404)
    assert response.status_code == 404 or "language" not in bad


def test_all_languages_is_no_page_for_who_writes_none(client, people, whole):
    client.force_login(people.advisor)

    assert client.get(address(whole.guide, "?language=all")).status_code == 404


def test_list_of_guides_leads_there_and_no_other_list(client, people, whole):
    client.force_login(people.editor)

    guides = client.get(reverse("admin:topics_guide_changelist")).content.decode()
    topics = client.get(reverse("admin:topics_topic_changelist")).content.decode()

    assert f'href="{address(whole.guide)}"' in guides
    assert "/review/gather/" not in topics


@pytest.mark.parametrize("query", ["", "?language=all"])
def test_page_takes_the_same_queries_for_2_and_20_topics(
    client, people, bilingual, django_assert_num_queries, django_assert_max_num_queries, query
):
    few, many = f.WholeGuide(topics=2), f.WholeGuide(topics=20)
    for whole in (few, many):
        draft_all(people, whole)
        draft_all(people, whole, "es")
    client.force_login(bilingual)
    client.get(address(few.guide, query))

    with django_assert_max_num_queries(35) as counted:
        client.get(address(few.guide, query))
    with django_assert_num_queries(len(counted)):
        page = client.get(address(many.guide, query))

    assert len(boxes(page)) > 60
