"""What the ordinary way of a text costs: written, submitted, signed, public."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from review import workflow
from tests import factories as f

TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def test_text_is_drafted_submitted_signed_and_public_in_fewer_than_40_queries(people, db):
    item = f.make_topic()
    f.make_public(people, item)
    text = f.text_for(type(item), answer="A clearer answer.")
    newest = workflow.newest_revision(item, "en")

    with CaptureQueriesContext(connection) as queries:
        draft = workflow.save_draft(
            item, "en", text, by=people.editor, based_on=workflow.token(newest)
        )
        request = workflow.submit([draft], by=people.editor)
        expected = {draft.pk: draft.fingerprints}
        [sign_off] = workflow.approve(request, by=people.advisor, expected=expected)

    item.refresh_from_db()
    assert item.sign_off_id_in("en") == sign_off.pk
    asked = [each for each in queries if not each["sql"].startswith(TRANSACTION)]
    assert len(asked) < 40, "\n".join(each["sql"] for each in asked)
