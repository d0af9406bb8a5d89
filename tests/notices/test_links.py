"""The link in a mail: it leads its one person to its one request, or says in a sentence why not."""

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

import pytest
import time_machine
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from review import workflow
from review.models import ReviewLink
from review.notices import links, telling
from tests import factories as f
from tests.pages import parse_part

from .conftest import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(people):
    request = f.submit(people, f.make_topic())
    telling.catch_up()  # else the first POST would mail links of its own
    return request


def path_to(request, user):
    return urlsplit(links.link_for(request, user)).path


def page_of(request):
    return reverse("admin:review_reviewrequest_change", args=[request.pk])


def refused(response, status):
    """The sentence with which a link is refused."""
    assert response.status_code == status
    sentence = page(response).one("p", class_="sentence").text
    assert len(sentence) > 20
    return sentence


def test_link_leads_to_the_request_after_signing_in(people, client, request_):
    path = path_to(request_, people.advisor)

    asked = client.get(path)
    assert unquote(asked["Location"]) == f"{reverse('admin:login')}?next={path}"
    login = {"username": people.advisor.username, "password": f.PASSWORD, "next": path}
    entered = client.post(asked["Location"], login)
    assert entered["Location"] == path

    assert client.get(path)["Location"] == page_of(request_)
    assert client.get(page_of(request_)).status_code == 200


def test_link_is_an_address_of_this_site(people, request_, settings):
    settings.SITE_URL = "https://desk.example.org/"

    address = links.link_for(request_, people.advisor)

    assert address.startswith("https://desk.example.org/admin/review/link/")


def test_following_a_link_changes_nothing_and_works_again(people, client, request_):
    path = path_to(request_, people.advisor)
    client.force_login(people.advisor)
    before = list(ReviewLink.objects.values())

    assert [client.get(path).status_code for _ in range(3)] == [302] * 3
    assert client.post(path).status_code == 405
    assert client.get(path)["Cache-Control"].count("no-store") == 1

    assert list(ReviewLink.objects.values()) == before
    request_.refresh_from_db()
    assert request_.state == "open"


@pytest.mark.parametrize(
    ("after", "works"),
    [
        (timedelta(days=13), True),
        (timedelta(days=14) - timedelta(seconds=1), True),
        (timedelta(days=14), False),
        (timedelta(days=15), False),
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
def test_link_works_for_fourteen_days(people, client, request_, after, works, signed_in):
    sent = datetime(2026, 5, 4, 6, tzinfo=UTC)
    with time_machine.travel(sent, tick=False):
        path = path_to(request_, people.advisor)
    with time_machine.travel(sent + after, tick=False):
        if signed_in:
            client.force_login(people.advisor)
        response = client.get(path)

        if works:
            assert response.status_code == 302
        else:
            assert "expired" in refused(response, 410)


def test_link_that_was_reused_for_a_later_mail_does_not_live_longer(people, client, request_):
    sent = datetime(2026, 5, 4, 6, tzinfo=UTC)
    with time_machine.travel(sent, tick=False):
        links.link_for(request_, people.advisor)
    with time_machine.travel(sent + timedelta(hours=23), tick=False):
        path = path_to(request_, people.advisor)
    assert ReviewLink.objects.count() == 1

    with time_machine.travel(sent + timedelta(days=14), tick=False):
        assert "expired" in refused(client.get(path), 410)


def test_forged_link_is_refused(people, client, request_):
    path = path_to(request_, people.advisor)
    token = path.split("/")[-2]
    other = signing.TimestampSigner(salt="another").sign(token.split(":")[0])
    forged = [token[:-1], token[:-1] + "_" * 2, "2" + token, other, "1:1:1", "x", "\x00", "ü"]
    forged.append(links._signer.sign("99999"))

    for signed_in in (False, True):
        if signed_in:
            client.force_login(people.advisor)
        for each in forged:
            response = client.get(reverse("admin:review_link", args=[each]))
            assert "no link of this site" in refused(response, 404), each


def test_link_of_another_person_is_refused(people, client, request_):
    path = path_to(request_, people.advisor)

    for other in (people.second_advisor, people.editor, people.admin):
        client.force_login(other)
        sentence = refused(client.get(path), 403)
        assert "somebody else" in sentence
        assert people.advisor.username not in sentence


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda p, r: workflow.recall(r, by=p.editor), "recalled"),
        (lambda p, r: f.approve(p, r, by=p.second_advisor), "published"),
        (lambda p, r: workflow.request_changes(r, by=p.second_advisor, comment="No"), "changes"),
    ],
)
def test_link_to_a_request_that_waits_no_more_says_what_became_of_it(
    people, client, request_, act, says
):
    path = path_to(request_, people.advisor)
    act(people, request_)
    client.force_login(people.advisor)

    assert says in refused(client.get(path), 410)


def test_link_of_an_advisor_who_no_longer_signs_is_refused(people, client, request_):
    path = path_to(request_, people.advisor)
    client.force_login(people.advisor)
    advisor = people.advisor.advisor

    advisor.languages = ["es"]
    advisor.save()
    assert "does not sign in English" in refused(client.get(path), 403)
    advisor.active = False
    advisor.save()
    assert "active medical advisor" in refused(client.get(path), 403)


def test_link_of_a_deactivated_account_does_not_let_in(people, client, request_):
    path = path_to(request_, people.advisor)
    client.force_login(people.advisor)
    people.advisor.is_active = False
    people.advisor.save()

    assert client.get(path)["Location"].startswith(reverse("admin:login"))


# -- Taking it back ------------------------------------------------------------------------------


def revoke(client, link):
    return client.post(reverse("admin:review_link_revoke", args=[link.pk]), follow=True)


@pytest.mark.parametrize("who", ["editor", "admin"])
def test_submitter_or_administrator_takes_a_link_back(people, client, request_, who):
    path = path_to(request_, people.advisor)
    client.force_login(getattr(people, who))

    response = revoke(client, ReviewLink.objects.get())

    assert "no longer works" in str(next(iter(response.context["messages"])))
    client.force_login(people.advisor)
    assert "taken back" in refused(client.get(path), 410)
    # The next mail of that request carries a new one.
    assert client.get(path_to(request_, people.advisor)).status_code == 302


@pytest.mark.parametrize("who", ["second_editor", "advisor", "translator"])
def test_nobody_else_takes_it_back(people, client, request_, who):
    path = path_to(request_, people.advisor)
    client.force_login(getattr(people, who))

    response = revoke(client, ReviewLink.objects.get())

    assert "Only who submitted" in str(next(iter(response.context["messages"])))
    client.force_login(people.advisor)
    assert client.get(path).status_code == 302


def test_taking_back_needs_signing_in_a_post_and_a_link_that_is_there(people, client, request_):
    links.link_for(request_, people.advisor)
    link = ReviewLink.objects.get()
    address = reverse("admin:review_link_revoke", args=[link.pk])

    assert client.post(address).status_code == 302
    client.force_login(people.editor)
    assert client.get(address).status_code == 405
    assert client.post(reverse("admin:review_link_revoke", args=[link.pk + 1])).status_code == 404

    link.refresh_from_db()
    assert link.revoked_at is None


def test_link_taken_back_twice_says_so(people, client, request_):
    links.link_for(request_, people.advisor)
    client.force_login(people.editor)
    revoke(client, ReviewLink.objects.get())
    first = ReviewLink.objects.get().revoked_at

    response = revoke(client, ReviewLink.objects.get())

    assert "already" in str(next(iter(response.context["messages"])))
    assert ReviewLink.objects.get().revoked_at == first


def test_request_page_lists_the_links_and_offers_to_take_back_those_that_work(people, request_):
    now = timezone.now()
    for user, more in (
        (people.advisor, {}),
        (people.second_advisor, {"revoked_at": now}),
        (people.admin, {"expires_at": now}),
    ):
        fields = {"made_at": now, "expires_at": now + links.VALID, **more}
        ReviewLink.objects.create(request=request_, user=user, **fields)

    def shown(user):
        html = render_to_string("admin/review/_links.html", links.overview(request_, user))
        return parse_part(html)

    lines = [line.text for line in shown(people.editor).all("li")]
    assert [len(shown(user).all("button")) for user in (people.editor, people.advisor)] == [1, 0]
    assert "works until" in lines[0]
    assert "taken back" in lines[1]
    assert "expired" in lines[2]
