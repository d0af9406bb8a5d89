"""python bench/resign.py: one guide's text is changed, submitted, signed and published, as its
writer and its advisor would; prints what that cost in queries."""

import django_here  # noqa: F401
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from review import demonstration, workflow
from review.models import Revision
from topics.models import Guide


def settled(guide):
    return workflow.newest_revision(guide, "en").state == Revision.State.APPROVED


def main():
    guide = next(each for each in Guide.objects.public("en") if settled(each))
    editor = demonstration.writer("en")
    advisor = get_user_model().objects.get(username="advisor-en")
    newest = workflow.newest_revision(guide, "en")
    text = {**newest.text, "standfirst": newest.text["standfirst"] + " Changed."}
    with CaptureQueriesContext(connection) as queries:
        draft = workflow.save_draft(
            guide, "en", text, by=editor, based_on=workflow.token(newest), facts=newest.facts
        )
        request = workflow.submit([draft], by=editor, summary="A clearer sentence.")
        expected = {draft.pk: draft.fingerprints}
        workflow.approve(request, by=advisor, expected=expected, significance={draft.pk: "wording"})
    print(f"Draft, submit, sign and publish one text: {len(queries)} queries.")


if __name__ == "__main__":
    main()
