"""The desk and its lists cost the same number of queries however much the site holds."""

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from review import demonstration, seeding, verification, workflow
from review.content import content_model, content_models
from review.models import (
    Comment,
    Recheck,
    ReviewRequest,
    Revision,
    Rival,
    SignOff,
    Standing,
)
from review.proposal import Proposal
from review.workflow.bulk import Put
from tests import factories as f

ROLES = ["advisor-en", "advisor-es", "editor", "translator-es", "admin"]
DESK = ["", "?whose=all", "?language=es", "?list=due&whose=all", "?list=sign&whose=all"]
LISTS = ["reviewrequest", "revision", "signoff", "ledgerentry"]


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    """A site with some hundred made-up texts in every state. Rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(DEMO=True):
        demonstration.make_accounts()
        yield seeding.seed(items=180, revisions=1200)
        transaction.set_rollback(True)


@pytest.fixture
def site(seeded, db):
    return seeded


def costs():
    """(role, address) to the number of queries."""
    found = {}
    content = [reverse(f"admin:{model._meta.db_table}_changelist") for model in content_models()]
    records = [reverse(f"admin:review_{name}_changelist") for name in LISTS]
    searched = f"{reverse('admin:topics_topic_changelist')}?q=operation"
    for role in ROLES:
        client = Client()
        client.force_login(get_user_model().objects.get(username=role))
        pages = [f"/admin/{asked}" for asked in DESK]
        if role == "admin":
            pages += [*content, *records, searched]
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                response = client.get(page)
            assert response.status_code == 200, page
            found[role, page] = len(queries)
    return found


def test_desk_and_lists_cost_the_same_at_two_sizes(site):
    few = costs()

    seeding.seed(items=120, revisions=900, chance=5)
    many = costs()

    assert many == few
    for (_role, page), cost in many.items():
        assert cost <= (45 if page.startswith("/admin/?") or page == "/admin/" else 12), page


def test_everything_made_up_fits(site):
    assert list(verification.problems()) == []


def test_made_up_content_is_in_every_state(site):
    states = set(ReviewRequest.objects.values_list("state", flat=True))

    assert states == set(ReviewRequest.State.values)
    assert set(Revision.objects.values_list("state", flat=True)) == set(Revision.State.values)
    sizes = [each.revisions.count() for each in ReviewRequest.objects.filter(state="open")]
    assert max(sizes) == 60
    assert SignOff.objects.filter(decision="withdraw").exists()
    assert Comment.objects.filter(resolved_at=None).exists()
    assert Recheck.objects.filter(closed_at=None).count() == 12
    assert Rival.objects.filter(decided_at=None).count() == 3
    assert 1200 <= Revision.objects.count() <= 1300


def test_made_up_text_is_text_that_an_editor_may_save(site):
    for standing in Standing.objects.select_related("newest__source"):
        newest = standing.newest
        model = content_model(newest.item_type)
        proposal = Proposal(model, newest.language, newest.text, newest.facts)

        proposal.clean()

        assert (proposal.text, proposal.facts) == (newest.text, newest.facts)
        assert not proposal.missing(newest.source.text if newest.source else None)


def test_large_request_can_be_signed(site):
    request = site.large.request
    expected = {revision.pk: revision.fingerprints for revision in request.revisions.all()}

    signed = workflow.approve(request, by=site.people.advisors["en"].user, expected=expected)

    assert len(signed) == 60
    assert list(verification.problems()) == []


def test_nothing_made_up_goes_beside_the_word_of_a_person(site):
    f.make_public(f.People(), f.make_page_item())

    with pytest.raises(seeding.Refused, match="no demonstration accounts"):
        seeding.seed(items=5, revisions=5)


def test_nothing_is_made_up_on_a_real_site(site, settings):
    settings.DEMO = settings.DEBUG = False

    with pytest.raises(seeding.Refused, match="DEMO=1"):
        seeding.seed(items=5, revisions=5)


def test_command_refuses_with_a_sentence_and_writes_nothing(site, settings):
    settings.DEMO = settings.DEBUG = False
    before = Revision.objects.count()

    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("seed_desk", items=5, revisions=5)

    assert Revision.objects.count() == before


def test_bulk_writer_signs_for_no_person(site):
    advisor = site.people.advisors["en"]
    advisor.demonstration = False
    request = ReviewRequest(state=ReviewRequest.State.SIGNED)

    with pytest.raises(PermissionDenied, match="nothing is signed for her"):
        site.out._sign([Put(request, [], advisor)])
