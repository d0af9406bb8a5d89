"""The desk: what waits for whom, in which order, and what it says when nothing does."""

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from review import discussion, verification, workflow
from review import people as work
from review.desk import charts
from review.models import Absence, Invitation, Preference, Rival, Standing, Verification
from tests import factories as f
from tests.pages import parse_part

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    """``desk(user, "?whose=all")``: the desk as somebody sees it."""

    def ask(user, asked=""):
        client.force_login(user)
        response = client.get(f"/admin/{asked}")
        assert response.status_code == 200
        return parse_part(response.content.decode(), strict=False)

    return ask


def rows(page, name):
    """The lines of one list: [(title, address, everything it says)]; None without that list."""
    found = page.all("section", id=name)
    if not found:
        return None
    lines = [item for item in found[0].all("li") if item.all(class_="title")]
    return [
        (line.one(class_="title").text, line.one(class_="title").attrs.get("href"), line.text)
        for line in lines
    ]


def titles(page, name):
    return [title for title, _address, _text in rows(page, name)]


def ask_for(people, title, language="en", **more):
    """One new text put before the advisors."""
    item = f.make_page_item()
    if language != "en":
        f.make_public(people, item)
    writer = people.editor if language == "en" else people.translator
    text = f.text_for(type(item), title=title)
    return workflow.submit([f.save(item, language, writer, text)], by=writer, **more)


def test_advisor_sees_overdue_requests_first_then_the_oldest(desk, people):
    ask_for(people, "Oldest")
    ask_for(people, "Newest")
    late = ask_for(people, "Late")
    ask_for(people, "In Spanish", "es")
    late.due = timezone.localdate() - timedelta(days=1)
    late.save(update_fields=["due"])

    page = desk(people.advisor)

    assert titles(page, "sign") == ["Late", "Oldest", "Newest"]
    _title, address, text = rows(page, "sign")[0]
    assert address == f"/admin/review/reviewrequest/{late.pk}/change/"
    assert "overdue" in text
    assert people.editor.username in text


def test_request_to_another_advisor_waits_for_her_and_for_her_deputy(desk, people):
    other = people.second_advisor.advisor
    ask_for(people, "Hers", assigned_to=other)

    assert titles(desk(people.advisor), "sign") == []
    assert titles(desk(people.advisor, "?whose=all"), "sign") == ["Hers"]

    today = timezone.localdate()
    Absence.objects.create(advisor=other, first=today, last=today, deputy=people.advisor.advisor)
    assert titles(desk(people.advisor), "sign") == ["Hers"]
    assert "for whom you stand in" in rows(desk(people.advisor), "sign")[0][2]


def test_advisor_is_told_what_she_wrote_herself(desk, people):
    item = f.make_page_item()
    draft = f.save(item, "en", people.writing_advisor, f.text_for(type(item), title="My own"))
    workflow.submit([draft], by=people.writing_advisor)
    ask_for(people, "Somebody else's")

    found = {title: text for title, _a, text in rows(desk(people.writing_advisor), "sign")}

    assert "you wrote part of it" in found["My own"]
    assert "you wrote part of it" not in found["Somebody else's"]


def test_what_she_wrote_before_the_last_approval_does_not_count(desk, people):
    item = f.make_page_item()
    first = f.save(item, "en", people.writing_advisor, f.text_for(type(item), title="First"))
    f.approve(people, workflow.submit([first], by=people.writing_advisor), by=people.advisor)
    second = f.save(item, "en", people.editor, f.text_for(type(item), title="Second"))
    workflow.submit([second], by=people.editor)

    [(_title, _address, text)] = rows(desk(people.writing_advisor), "sign")

    assert "you wrote part of it" not in text


@pytest.mark.parametrize(("days", "seen"), [(90, True), (91, False), (-1, True)])
def test_review_is_shown_from_ninety_days_before_it_is_due(desk, people, sql_unguarded, days, seen):
    sign_off = f.make_public(people, f.make_page_item())
    day = timezone.localdate() + timedelta(days=days)
    sql_unguarded("UPDATE review_signoff SET next_review = %s", day.isoformat())

    found = rows(desk(people.advisor), "due")

    assert bool(found) is seen
    if seen:
        assert found[0][1].endswith("/change/?language=en")
        assert ("overdue" in found[0][2]) is (days < 0)
    assert sign_off.advisor == people.advisor.advisor


def test_overdue_text_stands_once_on_each_desk(desk, people, sql_unguarded):
    f.make_public(people, f.make_page_item())
    sql_unguarded("UPDATE review_signoff SET next_review = '2020-01-01'")

    hers, other, editor = (
        desk(user) for user in (people.advisor, people.second_advisor, people.editor)
    )

    assert (len(rows(hers, "due")), rows(hers, "overdue")) == (1, None)
    assert (rows(other, "due"), len(rows(other, "overdue"))) == ([], 1)
    assert len(rows(editor, "overdue")) == 1


def test_text_to_read_again_shows_its_reason_and_no_date_beside_it(desk, people, sql_unguarded):
    item = f.make_page_item()
    f.make_public(people, item)
    sql_unguarded("UPDATE review_signoff SET next_review = '2020-01-01'")
    work.recheck(item, "en", by=people.editor, reason="The guideline changed.")

    page = desk(people.second_advisor)

    assert "The guideline changed." in rows(page, "recheck")[0][2]
    assert rows(page, "due") == []


def test_what_was_signed_for_later_shows_its_time(desk, people):
    at = timezone.make_aware(datetime(2099, 3, 1, 8, 30))
    f.approve(people, ask_for(people, "For later"), publish_at=at)

    page = desk(people.advisor)

    assert "1 March 2099, 08:30 UTC" in rows(page, "soon")[0][2]
    assert "1 March 2099, 08:30 UTC" in rows(page, "signed")[0][2]


def test_text_with_a_comment_of_its_own_comes_before_those_that_came_back_with_it(desk, people):
    items = [f.make_page_item() for _ in range(3)]
    drafts = [
        f.save(item, "en", people.editor, f.text_for(type(item), title=f"Page {number}"))
        for number, item in enumerate(items)
    ]
    request = workflow.submit(drafts, by=people.editor)
    discussion.say(drafts[1], by=people.advisor, text="Name the hours.")
    workflow.request_changes(request, by=people.advisor, comment="")

    found = rows(desk(people.editor), "changes")

    assert [each[0] for each in found] == ["Page 1", "Page 2", "Page 0"]
    assert [("Name the hours." in each[2]) for each in found] == [True, False, False]
    assert "no comment on this text itself" in found[1][2]


def test_editor_sees_own_drafts_changes_with_the_comment_and_what_waits(desk, people):
    item = f.make_page_item()
    f.save(item, "en", people.editor, f.text_for(type(item), title="My draft"))
    other = f.make_page_item()
    f.save(other, "en", people.second_editor, f.text_for(type(other), title="Theirs"))
    back = ask_for(people, "Given back")
    workflow.request_changes(back, by=people.advisor, comment="Name the hours.")
    ask_for(people, "Waiting")

    page, everybody = desk(people.editor), desk(people.editor, "?whose=all")

    assert titles(page, "drafts") == ["My draft"]
    assert rows(page, "drafts")[0][1] == f"/admin/reading/page/{item.pk}/change/?language=en"
    assert "Name the hours." in rows(page, "changes")[0][2]
    assert titles(page, "waiting") == ["Waiting"]
    assert set(titles(everybody, "drafts")) == {"My draft", "Theirs"}
    assert rows(page, "sign") is None


def test_conflict_is_shown_to_its_writer_alone(desk, people):
    item = f.make_page_item()
    draft = f.save(item, "en", people.editor)
    Rival.objects.create(
        item_type=item.item_type, key=item.key, language="en", user=people.second_editor,
        text={"title": "Mine"}, base_text={}, theirs=draft, at=timezone.now(),
    )  # fmt: skip

    assert titles(desk(people.second_editor), "conflicts") == ["Mine"]
    assert rows(desk(people.editor, "?whose=all"), "conflicts") is None


def test_what_could_not_go_public_says_why(desk, people):
    request = ask_for(people, "Held up")
    f.sign(people, request)
    type(request).objects.update(problem="It refers to a text that is not public.")

    for user in (people.advisor, people.editor):
        assert "It refers to a text" in rows(desk(user), "problems")[0][2]


def test_accepted_invitation_waits_for_administrators_alone(desk, people):
    now = timezone.now()
    Invitation.objects.create(
        email="new@example.org", name="New", group="Editors", invited_by=people.admin,
        invited_at=now, accepted_at=now,
    )  # fmt: skip

    assert titles(desk(people.admin), "invitations") == ["New"]
    assert rows(desk(people.editor), "invitations") is None


def test_empty_desk_says_what_that_means(desk, people):
    assert "Nothing waits for your signature." in desk(people.advisor).text
    assert "You have no draft" in desk(people.editor).text
    assert "No public text is overdue for review." in desk(people.editor).text


def test_somebody_without_a_part_sees_no_list(desk, people):
    ask_for(people, "Secret")

    page = desk(people.nobody)

    assert "Secret" not in page.text
    assert "Ask an administrator" in page.text


def test_list_shows_ten_and_leads_to_all_of_them(desk, people):
    for number in range(12):
        ask_for(people, f"Text {number}")

    page = desk(people.advisor)
    [more] = page.one("section", id="sign").one("p", class_="more").all("a")
    full = desk(people.advisor, more.attrs["href"])

    assert len(rows(page, "sign")) == 10
    assert len(full.all(class_="title")) == 12


@pytest.mark.parametrize(
    "asked",
    ["?language=xx", "?language=%00", "?list=none", "?whose=9", "?list=sign&page=-1",
     "?list=sign&page=99999", "?list=sign&page=x%00"],
)  # fmt: skip
def test_address_with_nonsense_shows_the_desk(desk, people, asked):
    ask_for(people, "One")

    assert "Waiting for my signature" in desk(people.advisor, asked).text


def test_language_of_the_address_filters_every_list(desk, people):
    ask_for(people, "English")
    ask_for(people, "Español", "es")
    user = people.writing_advisor

    assert set(titles(desk(user), "sign")) == {"English", "Español"}
    assert titles(desk(user, "?language=es"), "sign") == ["Español"]
    assert titles(desk(user, "?language=es&whose=all"), "waiting") == ["Español"]


# -- Whether everything fits ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "problems", "alarm"),
    [(47, [], False), (49, [], True), (1, ["the chain is broken"], True), (None, [], True)],
)
def test_alarm_when_the_last_check_found_something_or_is_old(desk, people, hours, problems, alarm):
    if hours is not None:
        at = timezone.now() - timedelta(hours=hours)
        Verification.objects.create(at=at, problems=problems)

    page = desk(people.editor)

    assert bool(page.all("p", class_="errornote")) is alarm
    assert ("the chain is broken" in page.text) is bool(problems)
    assert ("readers get exactly what was signed" in page.text) is not alarm


def test_verify_keeps_what_it_found_for_the_desk(desk, people):
    call_command("verify", verbosity=0)

    assert Verification.objects.get().problems == []
    assert not desk(people.editor).all("p", class_="errornote")


def test_only_the_last_hundred_runs_are_kept():
    for number in range(verification.KEPT + 2):
        verification.remember([str(number)])

    kept = [each.problems for each in Verification.objects.order_by("pk")]

    assert len(kept) == 100
    assert kept[0] == ["2"]


# -- Charts --------------------------------------------------------------------------------------


def test_chart_of_signed_share_counts_public_texts_of_public_sources(desk, people):
    for number in range(4):
        item = f.make_page_item()
        f.make_public(people, item)
        if number == 0:
            f.make_public(people, item, "es")
    f.save(f.make_page_item(), "en", people.editor)

    table = desk(people.editor).all("figure", class_="chart")[0].one("table")
    cells = {
        row.one("th").text: [each.text for each in row.all("td")] for row in table.all("tr")[1:]
    }

    assert cells["English"] == ["4", "5", "80%"]
    assert cells["Español"] == ["1", "4", "25%"]


@pytest.mark.parametrize(
    ("value", "of", "share"), [(0, 9, 0), (1, 1000, 1), (999, 1000, 99), (9, 9, 100), (0, 0, 0)]
)
def test_share_is_whole_only_when_it_is(value, of, share):
    assert charts.share(charts.Bar("x", value, of)) == share


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_bars_stay_inside_the_picture_and_beside_their_labels(direction):
    rows_ = [charts.Bar("<b>", 5), charts.Bar("none", 0), charts.Bar("more", 10)]

    page = parse_part(charts.bars("n", "T", rows_, headings=["A", "B"], direction=direction))

    assert page.all("text")[0].text == "<b>"
    bars = page.all("rect", class_="bar")
    assert [int(bar.attrs["width"]) for bar in bars] == [83, 0, 166]
    for bar in bars:
        left, width = int(bar.attrs["x"]), int(bar.attrs["width"])
        edge = left if direction == "ltr" else left + width
        assert edge == (charts.LABEL if direction == "ltr" else charts.WIDTH - charts.LABEL)
    assert len(page.one("table").all("tr")) == 4


def test_chart_of_nothing_is_drawn(desk, people):
    Standing.objects.all().delete()

    assert len(desk(people.editor).all("svg", role="img")) == 2


def test_desk_speaks_the_chosen_language_from_right_to_left(desk, people):
    Preference.objects.create(user=people.editor, language="ar")

    page = desk(people.editor)

    assert page.one("html").attrs["dir"] == "rtl"
    assert {each.attrs["direction"] for each in page.all("svg", role="img")} == {"rtl"}
