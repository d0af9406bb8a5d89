"""What tests of what readers get may use."""

import pytest

from faq.models import FAQ
from glossary.models import Term
from tests import factories as f


@pytest.fixture
def liver(people):
    """A guide with a topic that draws a number and an analogy; a term and an FAQ; English only,
    but for the term."""
    whole = f.WholeGuide(topics=1)
    whole.publish(people)
    term = Term.objects.create(key="liver", slug="liver")
    text = f.text_for(Term, term="Liver", definition="A large *organ*.", aliases="livers\nhepatic")
    f.make_public(people, term, text=text)
    f.make_public(people, term, "es", text=f.text_for(Term, term="Hígado", definition="Un órgano."))
    faq = FAQ.objects.create(key="cured", slug="cured", guide=whole.guide)
    answer = "Sometimes, if it is in the liver & nowhere else."
    asked = {"question": "Can it be cured?", "answer": answer}
    f.make_public(people, faq, text=asked)
    whole.term, whole.faq = term, faq
    return whole
